"""What is measured. Every part has `measure(folder)`, which gives figures, and runs in a process of its own."""
