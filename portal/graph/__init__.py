"""Microsoft Graph over HTTP: clouds, tokens, client, errors. No database, no Django."""
