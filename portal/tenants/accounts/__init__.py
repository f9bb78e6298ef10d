"""The account the workers act as in a tenant: its app registration, its sign-in, its token, and what it may do."""
