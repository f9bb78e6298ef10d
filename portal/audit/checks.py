"""What the last check of a chain found. The check itself is an entry, so that it can be relied on like any other."""

import json

from portal.audit.models import Entry
from portal.audit.trail import Subject, entry_hash

CHECKED = "trail.verified"


def broken_at(subject: Subject) -> int | None:
    """The entry at which a tenant's chain did not hold when it was last checked; None if it held or never was checked.

    It is the entry that told of the check, if that was altered since.
    """
    about = Entry.objects.of(subject.tenant_id).filter(object_kind=subject.kind, object_key=subject.key)
    check = about.filter(verb=CHECKED).order_by("-seq").first()
    if check is None:
        return None
    if entry_hash(check.body) != check.entry:
        return check.seq
    found: int | None = json.loads(check.body)["facts"]["broken_at"]
    return found
