"""People at work: requests written, submitted and decided through the actions, one after the other, from one seed."""

import random
from collections.abc import Iterator, Sequence

from labels.document import blank
from labels.models import RetentionLabel
from portal.changes import actions
from portal.changes.models import Change, ChangeRequest, Push, State, Why
from portal.changes.objects import Wanted
from portal.changes.stopped import retry
from portal.mirror.kinds import Action, Document
from portal.tenants import connection
from portal.tenants.models import Connection, Health, Membership, Person, Role, Tenant
from tests.crash.scenarios import DAYS, submitted

AT_ONCE = 6  # changes of one request, about


class Office:
    """An author, two approvers, and what they want of their tenant."""

    def __init__(self, tenant: Tenant, seed: int) -> None:
        self.tenant, self.random = tenant, random.Random(seed)
        self.people = [make_person(tenant, role, n) for n, role in enumerate((Role.AUTHOR, *[Role.APPROVER] * 2))]
        self.administrator = make_person(tenant, Role.ADMINISTRATOR, 9)
        self.made = 0

    def asks_for(self, count: int) -> int:
        """Approve a request of at most `count` changes, and now and then leave one that nobody may carry out.

        Returns how many changes were approved.
        """
        wanted = list(self._wanted())[:count]
        request = submitted(self.tenant, self.people[0], wanted)
        for person in self.people[1 : 1 + request.approvals_wanted]:
            actions.approve(request, by=person, content_hash=request.content_hash)
        if self.random.random() < 0.2:
            self._decide_otherwise()
        return len(wanted)

    def sees_to_what_stopped(self) -> None:
        """What Purview refused is tried again, and a connection it refused is released."""
        stopped = ChangeRequest.objects.filter(tenant=self.tenant, changes__push=Push.STOPPED).distinct()
        for request in stopped.exclude(changes__why=Why.DRIFTED):
            retry(request, by=self.people[0])
        if Connection.objects.filter(tenant=self.tenant, health=Health.HELD).exists():
            connection.release(self.tenant, by=self.administrator)

    def _decide_otherwise(self) -> None:
        """A request that is returned, rejected, withdrawn, left in review, or approved by too few."""
        author, approver, _ = self.people
        request = submitted(self.tenant, author, [self.label(f"Unapproved {self.made}")])
        self.made += 1
        as_read = {"content_hash": request.content_hash}
        match self.random.randrange(4):
            case 0:
                actions.give_back(request, by=approver, comment="Not like this.", **as_read)
            case 1:
                actions.reject(request, by=approver, comment="Not at all.", **as_read)
            case 2:
                actions.withdraw(request, by=author, **as_read)

    def _wanted(self) -> Iterator[Wanted]:
        """New labels with the category they name, then longer periods and deletions among what is there."""
        self.made += 1
        category = f"Category {self.made}"
        yield Wanted("category", Action.CREATE, None, {"displayName": category})
        for n in range(self.random.randint(1, AT_ONCE - 3)):
            yield self.label(f"Series {self.made}-{n}", category=category)
        yield Wanted("retentionEventType", Action.CREATE, None, _event_type(f"Event {self.made}"))
        free = self._free_labels()
        for label in free[:2]:
            yield longer(label, self.random.randint(1, 400))
        for label in free[2:4]:
            yield deletion(label)

    def label(self, name: str, category: str | None = None) -> Wanted:
        kept = {
            "displayName": name,
            "behaviorDuringRetentionPeriod": "retain",
            "actionAfterRetentionPeriod": "delete",
            "retentionTrigger": "dateCreated",
            "retentionDuration": {"@odata.type": DAYS, "days": self.random.randint(1, 9_000)},
        }
        document = blank() | kept
        document["descriptors"] = {**document["descriptors"], "category": category}
        return Wanted("retentionLabel", Action.CREATE, None, document)

    def _free_labels(self) -> list[RetentionLabel]:
        """Labels of our own that no open request is about, in an order that follows from the seed."""
        busy = under_way(self.tenant).values("target")
        ours = RetentionLabel.objects.here().filter(tenant=self.tenant, display_name__startswith="Series")
        free = list(ours.exclude(graph_id__in=busy).order_by("display_name"))
        self.random.shuffle(free)
        return free


def under_way(tenant: Tenant) -> "Sequence[Change]":  # a query set, for counting and for `in`
    return Change.objects.filter(request__tenant=tenant, request__state=State.APPROVED).exclude(
        push__in=[Push.DONE, Push.CANCELLED]
    )


def make_person(tenant: Tenant, role: Role, number: int) -> Person:
    name = f"{role.label} {number}"
    person = Person.objects.create_user(f"{tenant.slug}.{number}@harrowvale.example", name)
    Membership.objects.create(tenant=tenant, person=person, role=role)
    return person


def connected(slug: str, root: str) -> Tenant:
    tenant = Tenant.objects.create(slug=slug, name=slug.title(), cloud="sandbox", sandbox_root=root)
    Connection.objects.create(tenant=tenant)
    return tenant


def longer(label: RetentionLabel, days: int) -> Wanted:
    longer = {"@odata.type": DAYS, "days": (label.retention_days or 0) + days}
    after: Document = label.document | {"retentionDuration": longer}
    return Wanted("retentionLabel", Action.UPDATE, label.document, after, label.graph_id)


def deletion(label: RetentionLabel) -> Wanted:
    return Wanted("retentionLabel", Action.DELETE, label.document, None, label.graph_id)


def _event_type(name: str) -> Document:
    return {"displayName": name, "description": "Somebody says when."}
