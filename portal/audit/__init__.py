"""The tamper-evident history: who, what, when, why. `record` writes it, `verify_audit` proves it."""
