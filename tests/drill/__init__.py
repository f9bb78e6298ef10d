"""T9: an office works, a backup is made, work goes on, the backup is restored. Nothing happens twice."""
