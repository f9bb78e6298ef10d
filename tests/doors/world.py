"""Two tenants with something behind every door, and who tries to open it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction
from django.http import HttpResponse, HttpResponseBase
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events.models import StandingApproval
from portal.audit.models import Restoration
from portal.changes.drift.cases import Case
from portal.changes.models import Change, ChangeRequest, Push, Why
from portal.mirror import markers
from portal.mirror.models import Mirrored, SyncRun
from portal.sign_in import STAND_IN
from portal.tenants import actions, mappings, systems
from portal.tenants.accounts.sealing import seal
from portal.tenants.connection import pause
from portal.tenants.microsoft import ANSWER
from portal.tenants.models import (
    Account,
    Claim,
    Connection,
    Health,
    Key,
    Person,
    Role,
    RoleMapping,
    Scope,
    System,
    Tenant,
)
from tests.allowing import allowed, in_force, said_of_a_standing_approval, standing
from tests.changing import approved, drafted, mirrored, ran, shorter, submitted, update, wanted_label
from tests.factories import PASSWORD, make_person
from tests.happening import created, event, listed, said_of_an_event
from tests.labels.factories import change_in_purview, mirror, typed

PEOPLE = ("anonymous", "author", "approver", "auditor", "administrator", "outsider")


@dataclass
class World:
    """One tenant in the midst of its work. Every request of it is about its own labels."""

    tenant: Tenant
    people: dict[str, Person]
    missed: SyncRun  # a run that waits for an administrator's word
    label: Mirrored
    spare: Mirrored
    drifted: Mirrored  # changed outside
    event_type: Mirrored  # that no label starts on
    draft: ChangeRequest
    risky: ChangeRequest  # a draft with a point to confirm
    in_review: ChangeRequest
    stopped: ChangeRequest
    event: Mirrored
    with_event: ChangeRequest  # a draft that records one
    repeated: Mirrored  # an event whose repetition waits
    waiting: Change  # an approved event whose waiting period goes on
    incident: Change  # an event that was not read back as it was approved
    standing: StandingApproval  # in force
    with_standing: ChangeRequest  # a draft that proposes one
    system: System
    key: Key
    mapping: RoleMapping
    newcomer: Person  # has no password yet
    closed: Person  # an account that was closed
    link: str  # where the newcomer sets one

    def args(self, route: str) -> list[Any]:
        """What a route's address takes after the tenant."""
        name, _colon, case = route.partition(":")
        if name == "set-password":
            return self.link.strip("/").split("/")[1:]
        return [self.tenant.slug, *self._keys(name, case)] if name not in OF_NO_TENANT else []

    def _keys(self, name: str, case: str) -> list[Any]:
        requests = {"submit": self.draft, "acknowledge": self.risky, "approve": self.in_review}
        requests |= dict.fromkeys(("return", "reject"), self.in_review)
        requests |= dict.fromkeys(("retry", "redraft", "change-progress"), self.stopped)
        if name == "label-in-change":
            return [(self.in_review if case == "in-review" else self.draft).number, 0]
        if name == "event-in-change":
            return [self.with_event.number, 0]
        if name == "standing-approval-in-change":
            return [self.with_standing.number, 0]
        rows: dict[str, Any] = {"event": self.event, "event-withdraw": self.waiting, "incident-close": self.incident}
        rows |= {"standing-approval": self.standing, "standing-approval-withdraw": self.standing}
        rows |= dict.fromkeys(("system", "system-edit", "system-close", "system-open", "key-new"), self.system)
        rows["key-revoke"] = self.key
        rows |= {"event-spread": self.event, "event-stop-repeating": self.repeated}
        if name in rows:
            return [rows[name].pk]
        if name in {"label", "label-edit", "label-history"}:
            return [self.label.pk]
        if name in {"event-type", "event-type-edit", "event-type-delete"}:
            return [self.event_type.pk]
        if name == "drift-case":
            return [self.drifted.kind, self.drifted.pk]
        if name == "label-delete":
            return [self.spare.pk]
        if name == "call":
            return ["message-1"]
        if name == "sync-confirm":
            return [self.missed.pk]
        if name == "mapping-remove":
            return [self.mapping.pk]
        if name == "person-reactivate":
            return [self.closed.pk]
        if name in {"person-link", "role-grant", "role-revoke", "person-deactivate"}:
            return [self.newcomer.pk]
        if name in OF_THE_TENANT:
            return []
        return [requests.get(name, self.draft).number]

    def path(self, route: str) -> str:
        below = ANSWER if route == "microsoft:answer" else ""
        return reverse(route.partition(":")[0], args=self.args(route)) + below

    def form(self, route: str) -> dict[str, Any]:
        """What the route's form sends when it is filled in well."""
        read = {name: {"content_hash": one.content_hash} for name, one in self._requests().items()}
        proved = {"password": PASSWORD}
        forms: dict[str, dict[str, Any]] = {
            "sign-in": {"username": "ada@harrow.test", "password": PASSWORD},
            "set-password": {"new_password": "a wholly new password"},
            "account-look": {"theme": "dark", "keys": "off"},
            "account-password": {"present_password": PASSWORD, "new_password": "a wholly new password"},
            "label-new": typed(wanted_label("FIN Travel claims 5y")),
            "label-edit": typed(self.label.document, descriptionForUsers="Clearer."),
            "label-delete": {"name": self.spare.display_name, "reason": "Merged."},
            "label-in-change": {**typed(self.label.document, descriptionForUsers="Clearer yet."), **read["draft"]},
            "label-in-change:in-review": {
                **typed(self.label.document, descriptionForUsers="Kept on.", fileplanreference=""),
                **read["in_review"],
                "authority": "Legal",
                "gives_up_deciding": "on",
            },
            "event-type-new": {
                "displayName": "Licence ended",
                "description": "Reported by Legal.",
                "reason": "Asked for.",
            },
            "event-type-edit": {"description": "Reported by Sales.", "reason": "It moved."},
            "event-type-delete": {"name": self.event_type.display_name, "reason": "Never used."},
            "event-new": said_of_an_event("Departure 4712"),
            "event-in-change": {**said_of_an_event("Departure 4713"), "content_hash": self.with_event.content_hash},
            "event-leavers": listed("Departure 4714"),
            "event-withdraw": {"reason": "They stay."},
            "event-stop-repeating": {"reason": "Nothing is labelled later."},
            "incident-close": {"statement": "Looked at in Purview; the label was taken off."},
            "standing-approval-new": said_of_a_standing_approval("Contracts", source=self.system.slug),
            "standing-approval-in-change": {
                **said_of_a_standing_approval("Contracts", source=self.system.slug),
                "content_hash": self.with_standing.content_hash,
            },
            "standing-approval-withdraw": {"reason": "HR reports nonsense."},
            "change-edit": {**read["draft"], "title": "Clearer titles", "reason": "Asked for again."},
            "submit": read["draft"],
            "drop-object": {**read["draft"], "position": "2"},
            "rebase": {**read["draft"], "position": "0"},
            "drift-adopt": {"chosen": str(Case(self.drifted).key), "reason": "It is right."},
            "drift-revert": {"chosen": str(Case(self.drifted).key), "reason": "It is wrong."},
            "acknowledge": {**read["risky"], "position": "0", "acknowledge": "VR-42", "reason": "Agreed."},
            "withdraw": {**read["draft"], **proved},
            "approve": {**read["in_review"], **proved, "comment": "Read."},
            "return": {**read["in_review"], **proved, "comment": "Say which invoices."},
            "reject": {**read["in_review"], **proved, "comment": "Not wanted."},
            "person-add": {"email": "new@harrow.test", "name": "Nia New", "roles": ["author"]},
            "tenant-new": {
                "name": "West Reach",
                "slug": "west-reach",
                "cloud": "sandbox",
                "sandbox_root": "http://127.0.0.1:8100",
            },
            "registration": {
                "directory_id": "11111111-2222-4333-8444-555555555555",
                "client_id": "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
                "secret": "canary-client-secret",
            },
            "policy": {
                "routine": "2",
                "irreversible": "3",
                "event_days_manual": "1",
                "event_days_automatic": "7",
                "limits_queries": "on",
            },
            "system-new": {"name": "Payroll", "event_types": ["Employee separation"]},
            "system-edit": {"name": "HR master data", "event_types": ["Employee separation"]},
            "key-new": {"scopes": Scope.values, "last_day": timezone.now().date().isoformat()},
            "pushes-hold": {"reason": "Audit week."},
            "pushes-resume": {"reason": "The audit is over."},
            "restored-confirm": {"run": str(self.missed.pk), "reason": "The disk died; looked at every object."},
            "role-grant": {"role": "approver"},
            "role-revoke": {"role": "author"},
            "mapping-add": {
                "claim": "app_role",
                "value": "reader",
                "role": "auditor",
                "directory_id": STAND_IN.directories[0],
            },
        }
        return forms.get(route, {})

    def ready(self, route: str) -> None:
        """Make so what has to be so for the form to do anything."""
        if route == "disconnect":
            Account.objects.create(tenant=self.tenant, secret=seal("secret"), cache=seal("cache"))
        if route == "pushes-resume":
            pause(self.tenant, by=self.people["administrator"], reason="Audit week.")
        if route == "restored-confirm":
            at = self.missed.started_at - timedelta(seconds=1)
            Tenant.objects.filter(pk=self.tenant.pk).update(created_at=at)
            Restoration.objects.create(noticed_at=at)
        if route == "system-open":
            systems.close(self.system, by=self.people["administrator"])

    def _requests(self) -> dict[str, ChangeRequest]:
        return {"draft": self.draft, "risky": self.risky, "in_review": self.in_review}


OF_NO_TENANT = {
    "api-try",
    "api-schema",
    "healthz",
    "readyz",
    "metrics",
    "desk",
    "sign-in",
    "microsoft",
    "sign-out",
    "account",
    "account-look",
    "account-password",
    "connect-answer",
    "tenant-new",
}
OF_THE_TENANT = {
    "tenant-desk",
    "people",
    "person-add",
    "mapping-add",
    "policy",
    "labels",
    "label-new",
    "event-types",
    "event-type-new",
    "events",
    "event-new",
    "events-due",
    "standing-approvals",
    "standing-approval-new",
    "event-leavers",
    "calls",
    "systems",
    "system-new",
    "history",
    "history-check",
    "history-export",
    "history-verifier",
    "changes",
    "connect",
    "connection",
    "connection-check",
    "connection-release",
    "disconnect",
    "registration",
    "pushes-hold",
    "pushes-resume",
    "report",
    "drift",
    "drift-adopt",
    "drift-revert",
    "restored",
    "restored-confirm",
    "sync",
    "sync-now",
    "sync-progress",
}


def build(tenant: Tenant, people: dict[str, Person]) -> World:
    """A tenant with labels, and with requests by its author in every state that a form acts on."""
    author, approver = people["author"], people["approver"]
    missed = ran(tenant, missing=[["retentionLabel", "id-of-none"]])
    Connection.objects.create(tenant=tenant, health=Health.HELD, held_because="Refused.", held_at=timezone.now())
    rows = [
        mirrored(tenant, f"{tenant.slug} {name}") for name in ("Invoices", "Expenses", "Permits", "Claims", "Notes")
    ]
    mirror(tenant, "authority", {"displayName": "Legal"})
    event_type = mirror(tenant, "retentionEventType", {"displayName": f"{tenant.slug} Ended", "description": ""})
    label, other, spare, _rest, drifted = rows
    change_in_purview(drifted, descriptionForUsers="Theirs.")
    stopped = approved(tenant, author, [approver], update(other, descriptionForAdmins="Kept."))
    stopped.changes.update(push=Push.STOPPED, why=Why.REJECTED, message="The name is taken.")
    mirror(tenant, "retentionEventType", {"displayName": "Employee separation", "description": ""})
    waiting, incident = (
        approved(tenant, author, [approver], created(event(f"{tenant.slug} {name}"))).changes.get()
        for name in ("Departure 1", "Departure 2")
    )
    Change.objects.filter(pk=waiting.pk).update(held_until=timezone.now() + timedelta(days=14))
    Change.objects.filter(pk=incident.pk).update(push=Push.STOPPED, why=Why.MISMATCH, message="Other queries.")
    recorded = event(f"{tenant.slug} Departure 4")
    again = created(event(f"{tenant.slug} Departure 4 +30d"), case=markers.of(recorded), after_days=30)
    case = approved(tenant, author, [approver], created(recorded), again)
    case.changes.filter(after_days=0).update(push=Push.DONE)
    unconfirmed = shorter(other)
    unconfirmed.acknowledged.clear()
    system = systems.add(tenant, name="Workday", event_types=["Employee separation"], by=author)
    ends = timezone.now() + timedelta(days=365)
    key, _shown = systems.make_key(system, scopes=Scope, expires_at=ends, by=author)
    newcomer = make_person(Role.AUTHOR, tenant=tenant, name="Nils Newcomer")
    second = make_person(Role.APPROVER, tenant=tenant, name="Sam Second")
    return World(
        tenant=tenant,
        people=people,
        missed=missed,
        label=label,
        spare=spare,
        drifted=drifted,
        event_type=event_type,
        draft=drafted(tenant, author, *(update(row, descriptionForUsers="Kept.") for row in (label, other))),
        risky=drafted(tenant, author, unconfirmed),
        in_review=submitted(tenant, author, update(label, descriptionForUsers="Kept on.")),
        stopped=stopped,
        event=mirror(tenant, "retentionEvent", event(f"{tenant.slug} Departure 0")),
        repeated=mirror(tenant, "retentionEvent", recorded),
        with_event=drafted(tenant, author, created(event(f"{tenant.slug} Departure 3"))),
        waiting=waiting,
        incident=incident,
        standing=in_force(tenant, author, [approver, second], displayName=f"{tenant.slug} Leavers"),
        with_standing=drafted(tenant, author, allowed(standing(f"{tenant.slug} Leavers again"))),
        system=system,
        key=key,
        mapping=mappings.add(
            tenant,
            directory_id=STAND_IN.directories[0],
            claim=Claim.APP_ROLE,
            value="author",
            role=Role.AUTHOR,
            by=author,
        ),
        newcomer=newcomer,
        closed=make_person(Role.AUTHOR, tenant=tenant, name="Cora Closed", is_active=False),
        link=actions.make_link(newcomer),
    )


class Visitor:
    """A browser somebody is signed in with. Whatever it does is undone at once."""

    def __init__(self, person: Person | None, **options: Any) -> None:
        self.client = Client(**options)
        if person is not None:
            self.client.force_login(person, backend="portal.tenants.backends.Local")
        self._cookies = self.client.cookies.output(header="", sep=";")

    def ask(self, method: str, path: str, data: Any = None, **more: Any) -> HttpResponse:
        """One request; what it changed stands until the next."""
        self.client.cookies = SimpleCookie(self._cookies)
        if method in ("GET", "HEAD", "POST"):
            return whole(getattr(self.client, method.lower())(path, data, **more))
        return whole(self.client.generic(method, path, **more))


def whole(answer: HttpResponseBase) -> HttpResponse:
    """An answer read to its end, as a browser reads what is sent in pieces."""
    if isinstance(answer, HttpResponse):
        return answer
    body = b"".join(answer)  # which closes it, too
    return HttpResponse(body, status=answer.status_code, headers=dict(answer.items()))


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# A try at a password counts whatever becomes of what was to be signed.
TOLD_ELSEWHERE = ("audit_", "django_", "axes_", "sqlite_", "tenants_meter")


def numbers_again() -> None:
    """Let new rows get the numbers they got before what was undone: PostgreSQL takes no number back."""
    reset = connection.ops.sequence_reset_sql(no_style(), apps.get_models())
    with connection.cursor() as cursor:
        for statement in reset:
            cursor.execute(statement)


def contents(*, but: set[str] = frozenset()) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but the history, the sessions and what counts tries.

    To compare two ways to the same end: of the columns named, and of moments, only whether they are set.
    """
    held = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith(TOLD_ELSEWHERE):
                continue
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")
            names = [column[0] for column in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            held[table] = [tuple(_compared(name, value, but) for name, value in row.items()) for row in rows]
    return held


def _compared(name: str, value: Any, but: set[str]) -> Any:
    return value is not None if but and (name in but or name == "at" or name.endswith("_at")) else value
