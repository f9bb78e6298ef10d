"""A stand-in for Graph's records management API, in one process, for first runs, training and tests.

It imports nothing of the portal and nothing of the portal imports it: what they agree on is the wire alone.
"""
