"""G10: what a request said, and where it stood, at any past moment is rebuilt from the history alone."""

import json
import random
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from portal.audit import canonical
from portal.audit.models import Entry
from portal.changes import actions
from portal.changes.content import content
from portal.changes.models import ChangeRequest, State
from portal.changes.objects import Wanted, confirmed, key_of, objects_of
from portal.errors import Refused
from portal.mirror.models import Mirrored
from portal.tenants.models import Person, Tenant
from tests.labels.builders import described, make_label
from tests.portal.changes.builders import agreed, creation, deletion, lasting, mirror, update

STEPS = 60
STATES = {
    "request.drafted": State.DRAFT,
    "request.submitted": State.IN_REVIEW,
    "request.returned": State.DRAFT,
    "request.rejected": State.REJECTED,
    "request.withdrawn": State.WITHDRAWN,
    "request.released": State.APPROVED,
}
Seen = dict[str, dict[str, Any]]


def stored() -> Seen:
    """Every request as the database holds it."""
    return {
        str(request.number): {
            "title": request.title,
            "reason": request.reason,
            "state": request.state,
            "version": request.version,
            "content": content(request.changes.all()),
            "content_hash": request.content_hash,
        }
        for request in ChangeRequest.objects.all()
    }


def rebuilt(bodies: Iterable[str]) -> Seen:
    """Every request as the history tells of it, entry by entry."""
    told: Seen = {}
    for entry in map(json.loads, bodies):
        if entry["verb"].startswith("request."):
            follow(told.setdefault(entry["object"]["key"], {"version": 0, "content": {}}), entry)
    return {
        number: {**one, "content": [one["content"][place] for place in sorted(one["content"])]}
        for number, one in told.items()
    }


def follow(one: dict[str, Any], entry: dict[str, Any]) -> None:
    facts = entry["facts"]
    one |= {field: after for field, (_before, after) in entry["changes"].items() if field in ("title", "reason")}
    one["state"] = STATES.get(entry["verb"], one.get("state"))
    one["version"] = facts.get("version", one["version"])
    one["content_hash"] = facts["content"]
    for place, said in facts.get("says", {}).items():
        one["content"][int(place)] = said
    one["content"] = {place: said for place, said in one["content"].items() if said is not None}


class Desk:
    """People who do at random what people do with requests. What is refused leaves nothing behind."""

    def __init__(self, seed: int, tenant: Tenant, people: list[Person], rows: list[Mirrored]) -> None:
        self.choose, self.tenant, self.rows = random.Random(seed), tenant, rows
        self.author, *self.approvers = people
        self.done = 0
        seldom = [self.drop, self.turn_down, self.withdraw, self.approve]
        often = [self.draft, self.edit, self.retitle, self.confirm, self.submit, self.submit, self.edit_in_review]
        self.acts = seldom + 3 * often

    def step(self) -> None:
        act = self.choose.choice(self.acts)
        request = self.choose.choice([*ChangeRequest.objects.all()])
        try:
            act(request)
        except Refused:
            return
        self.done += 1

    def wanted(self) -> Wanted:
        row, text = self.choose.choice(self.rows), f"Text {self.choose.randrange(5)}"
        return self.choose.choice(
            [
                update(row, descriptionForAdmins=text),
                update(row, descriptors=described(category="Finance", authority=self.choose.choice(["Legal", None]))),
                deletion(row),
                creation(make_label(displayName=f"FIN {text}", descriptors=described(category="Finance"))),
                lasting(descriptionForUsers=text),
            ]
        )

    def draft(self, *_request: ChangeRequest) -> object:
        wanted = {key_of(one.kind, one.after or one.base or {}): one for one in [self.wanted(), self.wanted()]}
        return actions.draft(self.tenant, by=self.author, title=" Title ", reason="Why ", wanted=[*wanted.values()])

    def edit(self, request: ChangeRequest) -> object:
        return actions.edit(request, by=self.author, content_hash=request.content_hash, wanted=[self.wanted()])

    def retitle(self, request: ChangeRequest) -> object:
        said = {"title": f"Title {self.choose.randrange(3)}", "reason": self.choose.choice(["", "Grün", "Why"])}
        return actions.edit(request, by=self.author, content_hash=request.content_hash, **said)

    def drop(self, request: ChangeRequest) -> object:
        changed = self.choose.choice([*objects_of(request.changes.all())] or [None])
        return changed and actions.drop(request, by=self.author, content_hash=request.content_hash, key=changed.key)

    def confirm(self, request: ChangeRequest) -> object:
        open_points = [
            confirmed(changed, finding["rule"], "Agreed.")
            for changed in objects_of(request.changes.all())
            for finding in changed.first.unconfirmed
        ]
        return actions.edit(request, by=self.author, content_hash=request.content_hash, wanted=open_points[:1])

    def submit(self, request: ChangeRequest) -> object:
        return actions.submit(request, by=self.author, content_hash=request.content_hash)

    def approve(self, request: ChangeRequest) -> object:
        by = self.choose.choice(self.approvers)
        return actions.approve(request, by=by, content_hash=request.content_hash, comment="Read.")

    def turn_down(self, request: ChangeRequest) -> object:
        act = self.choose.choice([actions.give_back, actions.give_back, actions.reject])
        return act(request, by=self.approvers[0], content_hash=request.content_hash, comment="No.")

    def edit_in_review(self, request: ChangeRequest) -> object:
        changed = self.choose.choice([*objects_of(request.changes.all())] or [None])
        if changed is None or changed.after is None:
            return None
        after = {**changed.after, "descriptors": described(authority=self.choose.choice(["Legal", "Business"]))}
        wanted = Wanted(changed.kind.name, changed.action, changed.base, after, changed.first.target)
        return actions.edit_in_review(request, by=self.approvers[1], content_hash=request.content_hash, wanted=[wanted])

    def withdraw(self, request: ChangeRequest) -> object:
        return actions.withdraw(request, by=self.author, content_hash=request.content_hash)


@pytest.fixture
def desk(
    tenant: Tenant, author: Person, approver: Person, second_approver: Person, auditor: Person
) -> Callable[[int], Desk]:
    agreed(tenant)
    rows = [mirror(tenant, make_label(displayName=f"FIN {name} 10y")) for name in ("Receipts", "Invoices", "Ledgers")]
    return lambda seed: Desk(seed, tenant, [author, approver, second_approver], rows)


@pytest.mark.parametrize("seed", range(6))
def test_requests_are_rebuilt_as_they_were_at_every_step(desk: Callable[[int], Desk], seed: int) -> None:
    people, seen = desk(seed), {}
    people.draft()
    for _step in range(STEPS):
        people.step()
        seen[Entry.objects.count()] = stored()

    bodies = list(Entry.objects.order_by("pk").values_list("body", flat=True))

    assert people.done > STEPS / 5
    for count, then in seen.items():
        told = rebuilt(bodies[:count])
        assert told == then
        assert all(canonical.sha256(one["content"]) == one["content_hash"] for one in told.values())
