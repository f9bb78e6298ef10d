"""T3: whatever people, workers, other people in Purview and time do, in whatever order, the promises hold (G1 to G6,
G11, G13, G14).

MACHINE=examples x steps and MACHINE_SEED in the environment run it longer or otherwise; a failure prints how to repeat
it.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import transaction
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from labels.models import RetentionLabel
from portal.changes import actions, stopped
from portal.changes.models import Attempt, Change, ChangeRequest, State
from portal.changes.objects import Wanted, objects_of
from portal.changes.push.moves import SETTLE
from portal.changes.tasks import synchronise
from portal.errors import NotAllowed, Refused, Stale
from portal.mirror.models import Cause
from portal.sandbox.errors import Refusal
from portal.sandbox.messages import Answer, Json, Request
from portal.sandbox.server import Sandbox
from portal.tenants import connection
from portal.tenants.models import Tenant
from tests.chaos.office import Office, connected, deletion, longer
from tests.chaos.world import CALM, World, simulated
from tests.crash import promises
from tests.crash.scenarios import DAYS, acknowledged
from tests.profiles import here

EXAMPLES, STEPS = map(int, os.environ.get("MACHINE", "12x25" if here() == "embedded" else "3x25").split("x"))
SEED = int(os.environ.get("MACHINE_SEED", "1"))
NAMES = [f"Series {letter}" for letter in "ABC"]
FAULTS: list[Json] = [
    {},
    {"effect": "throttle", "retry_after": 9},
    {"effect": "status", "status": 503},
    {"effect": "status", "status": 400},
    {"effect": "status", "status": 403},
    {"effect": "apply_then_drop"},
    {"effect": "apply_then_status", "status": 500},
    {"effect": "apply_then_garbled"},
    {"effect": "delay_visibility", "ms": 50_000},
]
one_of_them = st.integers(0, 7)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


class Tenancy(RuleBasedStateMachine):
    """Three people, one tenant, a worker now and then, and somebody else in Purview."""

    world: World
    overwritten: list[str]
    office: Office

    def __init__(self) -> None:
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.world.sandbox.reset()
        shutil.rmtree(configured.CHECKPOINT_DIR, ignore_errors=True)  # of chains that are taken back, too
        self.tenant = Tenant.objects.get()
        self.author, *self.approvers = self.office.people
        self.edits = 0

    def teardown(self) -> None:
        try:
            self._everything_settles()
        finally:
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

    @rule(name=st.sampled_from(NAMES), which=st.sampled_from(["new", "longer", "gone", "both"]), pick=one_of_them)
    def draft(self, name: str, which: str, pick: int) -> None:
        labels = list(RetentionLabel.objects.here().order_by("display_name"))
        label = labels[pick % len(labels)]
        wanted = {
            "new": [self.office.label(name)],
            "longer": [longer(label, 1 + pick)],
            "gone": [deletion(label)],
            "both": [self.office.label(name), longer(label, 1 + pick)],
        }
        with suppress(Refused):
            request = actions.draft(
                self.tenant, by=self.author, title=which, reason="The schedule says so.", wanted=wanted[which]
            )
            self._confirm(request)

    @rule(pick=one_of_them, days=st.integers(1, 3_000))
    def edit(self, pick: int, days: int) -> None:
        """Also what is in review or approved: that must be refused."""
        for request in self._request(pick):
            before = request.content_hash
            first = objects_of(list(request.changes.all()))[0]
            after = {**(first.after or {}), "retentionDuration": {"@odata.type": DAYS, "days": days}}
            again = Wanted(first.kind.name, first.action, first.base, first.after and after, first.first.target)
            if request.state == State.DRAFT:
                actions.edit(request, by=self.author, content_hash=before, wanted=[again])
                self._confirm(request)
            else:
                with pytest.raises(Stale):
                    actions.edit(request, by=self.author, content_hash=before, wanted=[again])

    @rule(pick=one_of_them)
    def submit(self, pick: int) -> None:
        for request in self._request(pick):
            with suppress(Refused):
                actions.submit(request, by=self.author, content_hash=request.content_hash)

    @rule(pick=one_of_them, who=st.integers(0, 2))
    def approve(self, pick: int, who: int) -> None:
        """The author too, who must be refused."""
        for request in self._request(pick, State.IN_REVIEW):
            by = self.office.people[who]
            if by == self.author:
                with pytest.raises(NotAllowed):
                    actions.approve(request, by=by, content_hash=request.content_hash)
            else:
                with suppress(Refused):
                    actions.approve(request, by=by, content_hash=request.content_hash)

    @rule(pick=one_of_them)
    def approve_what_was_read_before(self, pick: int) -> None:
        for request in self._request(pick, State.IN_REVIEW):
            with pytest.raises(Stale):
                actions.approve(request, by=self.approvers[0], content_hash="0" * 64)

    @rule(pick=one_of_them, verdict=st.sampled_from(["give_back", "reject", "withdraw", "retry", "redraft"]))
    def decide(self, pick: int, verdict: str) -> None:
        act: Any = getattr(stopped if verdict in ("retry", "redraft") else actions, verdict)
        for request in self._request(pick):
            said: dict[str, Any] = {"by": self.author if verdict in ("withdraw", "redraft") else self.approvers[1]}
            if verdict in ("give_back", "reject"):
                said["comment"] = "No."
            if verdict in ("give_back", "reject", "withdraw"):
                said["content_hash"] = request.content_hash
            with suppress(Refused):
                act(request, **said)

    @rule(fault=st.sampled_from(FAULTS), nth=st.integers(1, 4), dies=st.booleans(), minutes=st.integers(0, 3))
    def push(self, fault: Json, nth: int, dies: bool, minutes: int) -> None:
        """A worker takes what is due; one answer goes wrong, and it may die somewhere on its way."""
        self.world.pass_time(minutes * 61)
        self.world.sandbox.faults([{**fault, "nth": nth}] if fault else [])
        self.world.odds = CALM._replace(death=1 / 60) if dies else CALM
        self.world.drain()
        self.world.weather(CALM)

    @rule(pick=one_of_them, what=st.sampled_from(["describe", "prolong", "delete", "create", "use"]))
    def somebody_else_acts(self, pick: int, what: str) -> None:
        """In Purview, past Fileplan."""
        held = self.world.sandbox.state()["retentionLabels"]
        name = held[pick % len(held)]["displayName"] if held else ""
        purview = self.world.sandbox
        with suppress(Refusal):
            if what == "create":
                purview.edit("create", "retentionLabels", None, _foreign(NAMES[pick % len(NAMES)]))
            elif what == "use":
                purview.in_use(name)
            elif what == "delete":
                purview.edit("delete", "retentionLabels", name)
            else:
                purview.edit("patch", "retentionLabels", name, self._edited(what))

    def _edited(self, what: str) -> Json:
        """Never the same twice, so that an overwritten edit shows."""
        self.edits += 1
        if what == "describe":
            return {"descriptionForUsers": f"Edited outside ({self.edits})."}
        return {"retentionDuration": {"@odata.type": DAYS, "days": 20_000 + self.edits}}

    @rule()
    def sync(self) -> None:
        synchronise(self.tenant, cause=Cause.COMMAND)
        self.tenant.refresh_from_db()

    @rule()
    def an_administrator_releases_the_connection(self) -> None:
        connection.release(self.tenant, by=self.office.administrator)

    @invariant()
    def every_promise_holds(self) -> None:
        assert list(promises.kept_throughout(self.world.sandbox.ledger(), settle=SETTLE)) == []

    @invariant()
    def nobody_asks_who_was_told_to_wait(self) -> None:
        assert self.world.hasty == []

    @invariant()
    def nothing_of_others_is_overwritten(self) -> None:
        assert self.overwritten == []

    def _everything_settles(self) -> None:
        """Left alone, all work ends, done or with a reason, and the mirror is what the tenant holds."""
        self.world.weather(CALM)
        self.an_administrator_releases_the_connection()
        for _ in range(12):
            self.world.pass_time(301)
            self.world.drain()
        assert list(promises.undecided()) == []
        self.every_promise_holds()
        for _ in range(2):
            self.world.pass_time(301)
            self.sync()
        run = self.tenant.sync_runs.first()
        assert run is not None
        assert (run.state, run.created, run.changed) == ("complete", 0, 0), run.message

    def _request(self, pick: int, *states: State) -> Iterator[ChangeRequest]:
        requests = list(ChangeRequest.objects.filter(state__in=states or list(State)).order_by("number"))
        if requests:
            yield requests[pick % len(requests)]

    def _confirm(self, request: ChangeRequest) -> None:
        actions.edit(
            request, by=self.author, content_hash=request.content_hash, wanted=acknowledged(request), reason="Because."
        )


def _foreign(name: str) -> Json:
    return {
        "displayName": name,
        "behaviorDuringRetentionPeriod": "retain",
        "actionAfterRetentionPeriod": "none",
        "retentionTrigger": "dateCreated",
        "retentionDuration": {"@odata.type": DAYS, "days": 77},
        "defaultRecordBehavior": "startLocked",
    }


class Watched(Sandbox):
    """Notes every write that destroys what its approvers never saw (G13)."""

    overwritten: list[str]
    world: World

    def serve(self, request: Request) -> Answer:
        if request.method in ("PATCH", "DELETE"):
            with self.world.unharmed():
                attempt = Attempt.objects.get(client_request_id=request.client_request_id)
            self.overwritten += self._lost(request, attempt.change)
        return super().serve(request)

    def _lost(self, request: Request, change: Change) -> Iterator[str]:
        held = self.state()["retentionLabels"]
        label = next((label for label in held if label["id"] == change.target), None)
        fields = json.loads(request.body) if request.body else ("descriptionForUsers", "retentionDuration")
        for name in fields if label else ():
            if (label[name] or "") != change.base[name]:
                yield f"{request.method} {change}: {name} was {label[name]}, its approvers saw {change.base[name]}"


@pytest.fixture
def world(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    sandbox = Watched(seed_labels=4)
    sandbox.overwritten = []
    tenant = connected("stateful", sandbox.root)
    with simulated(World(SEED, sandbox, tenant.pk), monkeypatch) as world:
        sandbox.world = world
        synchronise(tenant, cause=Cause.COMMAND)
        yield world
    sandbox.stop()


def test_no_order_of_events_breaks_a_promise(world: World) -> None:
    tenant = Tenant.objects.get()
    Tenancy.overwritten = world.sandbox.overwritten  # type: ignore[attr-defined]
    Tenancy.world, Tenancy.office = world, Office(tenant, SEED)
    bounds = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )

    run_state_machine_as_test(seed(SEED)(Tenancy), settings=bounds)
