"""How long somebody stays signed in (S6)."""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

from portal.tenants.models import Person

ABSOLUTE = 12 * 60 * 60  # seconds after sign-in, whatever the activity
RENEW = 60  # seconds; a session is written at most this often to show that it is in use
BEGAN, SEEN = "began", "seen"


def begin(request: HttpRequest) -> None:
    """Start the twelve hours, right after sign-in."""
    request.session[BEGAN] = request.session[SEEN] = _now()


def is_over(request: HttpRequest) -> bool:
    """Whether the session has reached its absolute end; one without a beginning begins now."""
    return bool(_now() - request.session.setdefault(BEGAN, _now()) >= ABSOLUTE)


def renew(request: HttpRequest) -> None:
    """Move the idle end, which counts from the last time the session was written."""
    if _now() - request.session.get(SEEN, 0) >= RENEW:
        request.session[SEEN] = _now()


def end_all(person: Person) -> None:
    """Sign a person out everywhere."""
    for session in Session.objects.filter(expire_date__gte=timezone.now()).iterator():
        if session.get_decoded().get(SESSION_KEY) == str(person.pk):
            session.delete()


def _now() -> int:
    return int(timezone.now().timestamp())
