"""What a person can be refused, and with which status. Middleware turns these into pages."""

from typing import ClassVar

from django.utils.functional import Promise


class Refused(Exception):
    """Something was asked that is not done. The text is for people: what happened and what to do next."""

    status: ClassVar[int] = 422

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Invalid(Refused):
    """The record does not allow it as it stands; something has to be corrected first."""


class NotAllowed(Refused):
    """This person may not do it, whatever the record says."""

    status = 403


class TooOften(Refused):
    """It is done gladly, but not as often as this (S33)."""

    status = 429


class Stale(Refused):
    """The record is no longer the one that was read."""

    status = 409
