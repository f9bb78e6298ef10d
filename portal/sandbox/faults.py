"""Which requests go wrong: rules that match, count and name an effect."""

import inspect
import random
import re
from collections.abc import Callable
from typing import Any

from portal.sandbox.effects import AFTER, BEFORE, BODIES, WAITING
from portal.sandbox.messages import Answer, Json, Request
from portal.sandbox.store import Store

HOSTS = ("graph", "sign-in")
MATCHING: dict[str, type | tuple[type, ...]] = {
    "host": str,
    "method": str,
    "path": str,
    "contains": str,
    "nth": int,
    "after": int,
    "times": int,
    "probability": (int, float),
    "seed": int,
}


class BadRule(ValueError):
    """A fault rule that cannot be understood, with a sentence that says why."""


class Rule:
    """One rule of the list.

    `method`, `path` (a regular expression) and `contains` (a part of path and query) say which requests it is about.
    A batch as a whole is meant only where one of the two names `$batch`; its items are requests like others.
    `host` is `graph` unless it is `sign-in`: the stand-in for Microsoft's sign-in is another host to its clients.
    Of these, `after` skips the first so many, `nth` means that one alone, `probability` (with `seed`) leaves it to
    chance, `times` limits how often it acts. All other members but `effect` are parameters of the effect.
    """

    def __init__(self, source: Json) -> None:
        self.source = source
        self.seen = self.fired = 0
        self.effect = source.get("effect", "")
        self.parameters = {name: value for name, value in source.items() if name not in (*MATCHING, "effect")}
        self._check()
        self._path = re.compile(source.get("path", ""))
        self._names_batch = any("$batch" in source.get(name, "") for name in ("path", "contains"))
        self._random = random.Random(source.get("seed", 0))

    def _check(self) -> None:
        for name in MATCHING.keys() & self.source.keys():
            if not isinstance(self.source[name], MATCHING[name]):
                raise BadRule(f"'{name}' cannot be {self.source[name]!r}.")
        if self.source.get("host", HOSTS[0]) not in HOSTS:
            raise BadRule(f"'host' is one of {', '.join(HOSTS)}.")
        self._check_effect()
        try:
            re.compile(self.source.get("path", ""))
        except re.error as exc:
            raise BadRule(f"'{self.source['path']}' is not a regular expression: {exc}.") from exc

    def _check_effect(self) -> None:
        if self.effect == WAITING:
            taken = set(self.parameters) == {"ms"}
        else:
            functions = [table[self.effect] for table in (BEFORE, AFTER) if self.effect in table]
            taken = bool(functions) and all(_takes(function, self.parameters) for function in functions)
        if not taken or self.parameters.get("body", "json") not in BODIES:
            raise BadRule(f"There is no effect '{self.effect}' that takes {sorted(self.parameters)}.")

    def fires_on(self, request: Request) -> bool:
        if not self._is_about(request):
            return False
        self.seen += 1
        fires = self._is_due()
        self.fired += fires
        return fires

    def _is_about(self, request: Request) -> bool:
        if request.path.endswith("/$batch") and not self._names_batch:
            return False
        if HOSTS[request.is_sign_in] != self.source.get("host", HOSTS[0]):
            return False
        wanted = self.source.get("method", request.method)
        contained = self.source.get("contains", "") in request.target
        return bool(wanted == request.method and contained and self._path.search(request.path))

    def _is_due(self) -> bool:
        rule = self.source
        counted = self.seen > rule.get("after", 0) and rule.get("nth", self.seen) == self.seen
        limited = self.fired >= rule.get("times", self.fired + 1)
        return counted and not limited and self._random.random() < rule.get("probability", 1)

    @property
    def milliseconds(self) -> float:
        return float(self.parameters["ms"]) if self.effect == WAITING else 0

    def before(self, request: Request, store: Store) -> Answer | None:
        act = BEFORE.get(self.effect)
        return act(request, store, **self.parameters) if act else None

    def after(self, request: Request, answer: Answer, store: Store) -> Answer:
        act = AFTER.get(self.effect)
        return act(request, answer, store, **self.parameters) if act else answer


def _takes(function: Callable[..., Any], parameters: Json) -> bool:
    """Whether the effect has these parameters; the request, the answer and the store are not the rule's to give."""
    given = [name for name in ("request", "answer", "store") if name in inspect.signature(function).parameters]
    try:
        inspect.signature(function).bind(*given, **parameters)
    except TypeError:
        return False
    return True


class Faults:
    """The rules in force, in their order."""

    def __init__(self, sources: Any = ()) -> None:
        self.rules: list[Rule] = []
        self.set(list(sources))

    def set(self, sources: Any) -> None:
        """Replace all rules. Raises BadRule and keeps the old ones when one of them cannot be understood."""
        if not isinstance(sources, list) or not all(isinstance(source, dict) for source in sources):
            raise BadRule("Fault rules are a JSON list of objects.")
        self.rules = [Rule(source) for source in sources]

    def fired_by(self, request: Request) -> list[Rule]:
        return [rule for rule in self.rules if rule.fires_on(request)]

    def shown(self) -> list[Json]:
        return [{**rule.source, "seen": rule.seen, "fired": rule.fired} for rule in self.rules]
