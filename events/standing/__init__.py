"""Standing approvals: what a system may record without anybody looking, decided on in advance by two people (S27)."""

from events.standing.applying import apply

__all__ = ["apply"]
