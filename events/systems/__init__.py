"""The systems that may report events, and their keys: the pages for administrators."""
