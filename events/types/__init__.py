"""Event types on pages: what starts on each, when each last fired, and proposing to create, describe or delete one."""
