"""Time that passes only when it is told to."""

from datetime import datetime, timedelta

import pytest

from portal.tenants import clock


class Clock:
    """The database's clock. Each look at it takes a millisecond, so that no two moments are one."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        self.moment += timedelta(milliseconds=1)
        return self.moment

    def pass_by(self, **time: float) -> None:
        self.moment += timedelta(**time)


def started(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock in the place of the database's, which begins with what that says."""
    virtual = Clock(clock.now())
    monkeypatch.setattr(clock, "now", virtual.now)
    return virtual
