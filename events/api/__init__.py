"""The API by which systems report what happened. docs/api.md says how it is called."""
