"""Reading the trail. Every page costs the same queries, however many entries it shows."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from portal.audit import checkpoints
from portal.audit.checks import CHECKED
from portal.audit.export import EXPORTED
from portal.audit.models import Chain, Entry, EntryQuerySet
from portal.audit.verify_audit import Checkpoint
from portal.changes.models import Change, ChangeRequest
from portal.history.rows import Day, Item, Row, by_day, folded
from portal.mirror.models import Mirrored
from portal.tenants.models import Person, Tenant

SHOWN = 50  # rows on a page
READ = 200  # entries read for them at most; folding makes fewer rows of them
LATELY, JUST_NOW = timedelta(minutes=15), timedelta(minutes=1)
LOOKED_AT = "trail.read"
# Each name is looked up behind the one before: DISTINCT would read every entry there is for a handful of names.
ACTORS = """
    WITH RECURSIVE
        chain (id) AS (SELECT id FROM audit_chain WHERE tenant_id = %s),
        actor (name) AS (
            SELECT MIN(actor_name) FROM audit_entry WHERE chain_id = (SELECT id FROM chain)
            UNION ALL
            SELECT (
                SELECT MIN(actor_name) FROM audit_entry
                WHERE chain_id = (SELECT id FROM chain) AND actor_name > actor.name
            ) FROM actor WHERE actor.name IS NOT NULL
        )
    SELECT name FROM actor WHERE name IS NOT NULL
"""


@dataclass(frozen=True)
class Page:
    """A stretch of the trail, newest first; `goes_on` when there are older entries."""

    items: list[Item]
    goes_on: bool

    @property
    def days(self) -> list[Day]:
        return by_day(self.items)

    @property
    def newest(self) -> int:
        return self.items[0].last

    @property
    def oldest(self) -> int:
        return self.items[-1].first

    @property
    def older(self) -> int | None:
        """The number before which the next stretch begins."""
        return self.oldest if self.goes_on else None


@dataclass(frozen=True)
class Proof:
    """What outsiders check a history with: the last signed checkpoint, if any, and the key it is signed with."""

    checkpoint: Checkpoint | None
    key: str

    @property
    def signed_at(self) -> datetime | None:
        """When the last checkpoint was signed."""
        return datetime.fromisoformat(self.checkpoint.time) if self.checkpoint else None


def trail_of(tenant: Tenant) -> EntryQuerySet:
    """Everything that happened in a tenant, newest first."""
    return Entry.objects.of(tenant.pk).order_by("-seq")


def history_of(row: Mirrored) -> EntryQuerySet:
    """What happened to an object of the tenant, and to every request that touches it."""
    touching = Change.objects.filter(request__tenant=row.tenant_id, kind=row.kind, target=row.graph_id)
    numbers = [str(number) for number in touching.values_list("request__number", flat=True)]
    itself = Q(object_kind=row.kind, object_key=row.graph_id)
    return trail_of(row.tenant).filter(itself | Q(object_kind="request", object_key__in=numbers))


def history_of_request(change_request: ChangeRequest) -> EntryQuerySet:
    """What happened to a request and to its changes."""
    subject = change_request.subject
    return trail_of(change_request.tenant).filter(object_kind=subject.kind, object_key=subject.key)


def page(entries: EntryQuerySet, *, before: int | None = None, sees: bool = True) -> Page:
    """The newest rows, or those before an entry's number, for a reader who sees what the tenant limits or does not."""
    if before is not None:
        entries = entries.filter(seq__lt=before)
    found = list(entries[: READ + 1])
    items = folded(found[:READ], sees=sees)
    return Page(items[:SHOWN], goes_on=len(items) > SHOWN or len(found) > READ)


def actors(tenant: Tenant) -> list[str]:
    """The names of everybody who ever did something here, people and services."""
    with connection.cursor() as cursor:
        cursor.execute(ACTORS, [tenant.pk])
        return [name for (name,) in cursor.fetchall()]


def length(tenant: Tenant) -> int:
    """How many entries the history of a tenant has: they are numbered without a gap, so none needs to be read."""
    return Chain.objects.filter(tenant=tenant).values_list("seq", flat=True).first() or 0


def began(tenant: Tenant) -> datetime | None:
    """When the history of a tenant begins."""
    return trail_of(tenant).order_by("seq").values_list("at", flat=True).first()


def last_check(tenant: Tenant) -> Row | None:
    """The last time the whole chain was checked; its facts say what was found."""
    checks = _about(tenant).filter(verb=CHECKED)
    return next(map(Row, checks[:1]), None)


def proof(tenant: Tenant) -> Proof:
    """What proves the tenant's history outside the database."""
    chain = Chain.objects.filter(tenant=tenant).first()
    return Proof(checkpoints.last(chain.name) if chain else None, checkpoints.public_key())


def exports_lately(tenant: Tenant, *, by: Person) -> int:
    """How often this person had the history written out in the last minute."""
    return _about(tenant).filter(verb=EXPORTED, actor=by, at__gte=timezone.now() - JUST_NOW).count()


def was_read_lately(tenant: Tenant, *, by: Person) -> bool:
    """Whether it stands in the trail already that this person is reading it."""
    return _about(tenant).filter(verb=LOOKED_AT, actor=by, at__gte=timezone.now() - LATELY).exists()


def _about(tenant: Tenant) -> EntryQuerySet:
    subject = tenant.subject
    return trail_of(tenant).filter(object_kind=subject.kind, object_key=subject.key)
