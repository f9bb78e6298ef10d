"""Carrying approved changes to Graph: lease, attempt, send, look up, read back (reliability.md 3).

`drain` works through everything that is due for one tenant. The database is the queue: each step leaves a row that says
what is to be done next, and any worker can go on from it.
"""

from portal.changes.push.drain import drain

__all__ = ["drain"]
