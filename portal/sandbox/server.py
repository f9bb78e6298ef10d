"""The sandbox tenant as one object: a server in a thread, and the same doors in Python for tests."""

import copy
import ipaddress
import threading
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from portal.sandbox import batch, control, happened, routes, seed
from portal.sandbox.edits import edit, find, propagate, set_in_use
from portal.sandbox.errors import Refusal
from portal.sandbox.faults import Faults, Rule
from portal.sandbox.identity.doors import Identity
from portal.sandbox.journal import Journal
from portal.sandbox.listener import Server
from portal.sandbox.messages import Answer, Json, Request
from portal.sandbox.options import Options
from portal.sandbox.store import Store, load, unreadable
from portal.sandbox.wild import Wild


class Sandbox:
    """A tenant that answers on loopback until it is stopped.

        with Sandbox(seed_labels=5) as sandbox:
            requests.get(f"{sandbox.root}/v1.0/security/labels/retentionLabels", headers=...)

    `choices` are the fields of Options; port 0 picks a free one; `wild` is a seed, and without one the server is calm
    (see `portal.sandbox.wild`). Raises StateUnreadable for a state file that is not
    one, BadRule for a fault rule that is not one, OSError when the port is taken.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        seed_labels: int = 60,
        seed_events: bool = False,
        lenient: bool = False,
        state_file: Path | None = None,
        journal_file: Path | None = None,
        faults: list[Json] | None = None,
        wild: int | None = None,
        **choices: Any,
    ) -> None:
        if not ipaddress.IPv4Address(host).is_loopback:
            raise ValueError(f"The sandbox guards nothing, so it serves this machine only, not {host}.")
        options = Options(**choices)
        self.options = options.lenient() if lenient else options
        self._seed_labels, self._seed_events = seed_labels, seed_events
        self._state_file, self._seed_wild = state_file, wild
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self.rules = Faults(faults or [])
        self.log = Journal(journal_file)
        self._open(self._loaded())
        self._server = Server((host, port), self.serve)
        self.root = self._server.root
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="sandbox")

    def _loaded(self) -> Store:
        if self._state_file is not None and self._state_file.exists():
            return load(self._state_file)
        store = self._seeded()
        store.save()
        return store

    def _seeded(self) -> Store:
        objects = seed.objects(self._seed_labels)
        if self._seed_events and self._seed_labels:
            objects[happened.EVENTS] = happened.events(objects[happened.TYPES].values())
        return Store(objects, file=self._state_file)

    def _open(self, store: Store) -> None:
        try:
            self.identity = Identity(store.identity, self._keep_identity, self._lock)
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise unreadable(self._state_file) from exc
        self.store = store
        self.wild = None if self._seed_wild is None else Wild(self._seed_wild)
        store.new_id = self.wild.id if self.wild else None

    def _keep_identity(self, kept: Json) -> None:
        self.store.identity = kept
        self.store.save()

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening, hang up on everybody and wait for the threads. Safe to call twice."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def serve(self, request: Request) -> Answer:
        """Answer one request: a control path at once, everything else with its faults and an entry in the journal."""
        if control.is_control(request):
            with self._lock:
                return control.answer(request, self)
        self.wait(self.options.latency_ms)
        with self._lock:
            request = replace(request, caller=self.identity.caller(request))
            fired = self.rules.fired_by(request)
        for rule in fired:
            self.wait(rule.milliseconds)
        with self._lock:
            answered = self._answered(request, fired)
        self.wait(answered.held_ms)
        return answered

    def _item(self, request: Request) -> Answer:
        """Answer an item of a batch likewise; what it has to wait for, the batch waits for in the end."""
        request = replace(request, caller=self.identity.caller(request))
        fired = self.rules.fired_by(request)
        answered = self._answered(request, fired)
        answered.held_ms += sum(rule.milliseconds for rule in fired)
        return answered

    def _answered(self, request: Request, fired: list[Rule]) -> Answer:
        answered = self._met(request, fired)
        if request.is_sign_in:  # with secrets, which the journal would keep
            self.identity.count(request)
        else:
            self.log.write(request, answered)
        return answered

    def _met(self, request: Request, fired: list[Rule]) -> Answer:
        """What Graph answers, by way of the rules that fired and of chance."""
        try:
            if self.wild is None or request.is_sign_in:
                return self._by_rules(request, fired)
            plain = self.wild.incoming(request)
            return self.wild.outgoing(request, self._by_rules(plain, fired), self.store)
        except Refusal as refusal:  # by chance, or by a rule that names a label which is not there
            return refusal.answer(request)

    def _by_rules(self, request: Request, fired: list[Rule]) -> Answer:
        for rule in fired:
            if (instead := rule.before(request, self.store)) is not None:
                return instead
        answered = copy.deepcopy(self._plain(request))
        for rule in fired:
            answered = rule.after(request, answered, self.store)
        return answered

    def _plain(self, request: Request) -> Answer:
        if request.is_sign_in:
            return self.identity.answer(request, self.options)
        if batch.is_batch(request):
            return batch.answer(request, self._item, loose=self.options.loose_batches)
        chosen = self.options if self.wild is None else replace(self.options, page_size=self.wild.page_size())
        return routes.answer(request, self.store, chosen)

    def wait(self, milliseconds: float) -> None:
        """Hold the answer back, but not the end of the server."""
        if milliseconds:
            self._stopping.wait(milliseconds / 1000)

    def faults(self, rules: list[Json]) -> None:
        """Replace the fault rules. Raises BadRule."""
        with self._lock:
            self.rules.set(rules)

    def edit(self, action: str, name: str, target: str | None = None, body: Json | None = None, **by: str) -> Json:
        """Act as somebody in Purview; see `portal.sandbox.edits.edit`."""
        with self._lock:
            return copy.deepcopy(edit(self.store, action, name, target, body or {}, **by))

    def in_use(self, target: str, value: bool = True) -> Json:
        """Let items carry the label of that id or name, or no more."""
        with self._lock:
            return copy.deepcopy(set_in_use(self.store, target, value))

    def propagate(self, target: str, step: Any) -> Json:
        """Let the event of that id or name reach a step of `propagation.STEPS` and stay there."""
        with self._lock:
            return copy.deepcopy(propagate(self.store, target, step))

    def find(self, name: str, target: str) -> Json:
        """The object of set `name` with that id or display name, as the server keeps it."""
        with self._lock:
            return copy.deepcopy(find(self.store, name, target))

    def journal(self) -> list[Json]:
        """Every request so far but those to the control paths, oldest first."""
        with self._lock:
            return list(self.log.entries)

    def ledger(self) -> list[Json]:
        """Every write that took effect, oldest first."""
        with self._lock:
            return copy.deepcopy(self.store.ledger)

    def state(self) -> dict[str, list[Json]]:
        """All objects by set, as the server keeps them."""
        with self._lock:
            return copy.deepcopy({name: list(members.values()) for name, members in self.store.objects.items()})

    def reset(self) -> None:
        """As on a first start: the seed, no faults, an empty ledger and journal."""
        with self._lock:
            self._open(self._seeded())
            self.store.save()
            self.rules.set([])
            self.log.entries.clear()
