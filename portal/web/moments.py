"""Moments and periods in words (look.md, "Words": ago up to an hour, then time of day, then the date)."""

from datetime import UTC, datetime, timedelta
from math import ceil
from typing import NamedTuple

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

DAYS_A_YEAR = 365.25
DAYS_A_MONTH = DAYS_A_YEAR / 12


class Period(NamedTuple):
    """`rounded` is short ("10 y") and empty when no round figure fits; `exact` is in days ("3,653 d")."""

    rounded: str
    exact: str


def ago(moment: datetime, now: datetime | None = None) -> str:
    """How long ago, the time of day with its zone, or the date, in the reader's zone."""
    now = now or timezone.now()
    minutes = (now - moment) // timedelta(minutes=1)
    if moment <= now and minutes < 1:
        return _("just now")
    if 0 < minutes < 60:
        return ngettext("%(count)d min ago", "%(count)d min ago", minutes) % {"count": minutes}
    local = timezone.localtime(moment)
    if local.date() == timezone.localdate(now):
        return f"{local:%H:%M %Z}"
    return day(local)


def day(moment: datetime) -> str:
    """The date without a zone: 8 June 2026."""
    return formats.date_format(timezone.localtime(moment), "j F Y")


def full(moment: datetime) -> str:
    """Date and time of day with its zone, the reader's: 8 June 2026, 14:02 UTC."""
    local = timezone.localtime(moment)
    return _("%(date)s, %(time)s") % {"date": day(local), "time": f"{local:%H:%M %Z}"}


def exact(moment: datetime) -> str:
    """For `title`: to the second, UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def waited(since: datetime, now: datetime | None = None) -> str:
    """How long something has waited: 40 min, 1 hour, 2 days."""
    passed = (now or timezone.now()) - since
    if passed >= timedelta(days=1):
        return ngettext("%(count)d day", "%(count)d days", passed.days) % {"count": passed.days}
    hours, minutes = passed // timedelta(hours=1), passed // timedelta(minutes=1)
    if hours >= 1:
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    return _("%(count)d min") % {"count": max(minutes, 1)}


def whole_years(days: int) -> int:
    """The years people mean by that many days, as 365-day or as calendar years; 0 when they mean no whole years."""
    years = round(days / DAYS_A_YEAR)
    return years if years and 365 * years <= days <= ceil(DAYS_A_YEAR * years) else 0


def whole_months(days: int) -> int:
    """The months people mean, up to two years; 0 when they mean none."""
    months = round(days / DAYS_A_MONTH)
    return months if 0 < months < 24 and abs(days - months * DAYS_A_MONTH) <= 1 else 0


def period(days: int | None) -> Period:
    """A retention period for two cells of a table. None is for ever."""
    if days is None:
        return Period(_("For ever"), "")
    figure = _("%(days)s d") % {"days": formats.number_format(days, force_grouping=True)}
    if years := whole_years(days):
        return Period(_("%(years)d y") % {"years": years}, figure)
    if months := whole_months(days):
        return Period(_("%(months)d mo") % {"months": months}, figure)
    return Period("", figure)


def days_words(days: int) -> str:
    """3,653 days."""
    figure = formats.number_format(days, force_grouping=True)
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": figure}


def period_words(days: int | None) -> str:
    """A retention period as a sentence says it: 6 years, 2,190 days."""
    if days is None:
        return _("For ever")
    exact_days = days_words(days)
    if years := whole_years(days):
        return ngettext("%(years)d year, %(exact)s", "%(years)d years, %(exact)s", years) % {
            "years": years,
            "exact": exact_days,
        }
    if months := whole_months(days):
        return ngettext("%(months)d month, %(exact)s", "%(months)d months, %(exact)s", months) % {
            "months": months,
            "exact": exact_days,
        }
    return exact_days


def clock(moment: datetime, *, with_zone: bool = True) -> str:
    """Time of day to the second, in the reader's zone, which is named unless a heading names it."""
    local = timezone.localtime(moment)
    return f"{local:%H:%M:%S %Z}" if with_zone else f"{local:%H:%M:%S}"
