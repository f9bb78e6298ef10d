"""The site, and everything the kinds of object have in common."""
