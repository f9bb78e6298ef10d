"""How rules are written and run. A rule is one small function over the change under test and the plan around it.

The rules themselves stand in the app of what they speak about, each under its id of domain-rules.md 2.8.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from portal.mirror.kinds import Action, Finding, Level, Plan, Proposal

Says = Iterator[tuple[str, str]]
"""Field and message of each thing a rule has to say."""

WANTED = frozenset({Action.CREATE, Action.UPDATE, Action.ADOPT})
CREATE = frozenset({Action.CREATE})
UPDATE = frozenset({Action.UPDATE})
DELETE = frozenset({Action.DELETE})


@dataclass(frozen=True)
class Rule:
    """One rule: its id, how much it asks for, the document's fields it reads, and the actions it judges."""

    id: str
    level: Level
    reads: tuple[str, ...]
    on: frozenset[Action]
    two_approvers: bool
    says: Callable[[Proposal, Plan], Iterable[tuple[str, str]]]

    def findings(self, change: Proposal, plan: Plan) -> list[Finding]:
        """What it finds. It only warns of what the change leaves alone, so that labels made elsewhere stay editable
        (domain-rules.md 2.8), and of what the tenant holds already and is merely adopted."""
        if change.action not in self.on:
            return []
        insists = change.action != Action.ADOPT and (not self.reads or change.touches(*self.reads))
        level = self.level if insists else Level.WARN
        two = self.two_approvers and insists
        return [Finding(self.id, level, field, message, two) for field, message in self.says(change, plan)]


def rule(
    id: str, level: Level, *reads: str, on: frozenset[Action] = WANTED, two_approvers: bool = False
) -> Callable[[Callable[[Proposal, Plan], Iterable[tuple[str, str]]]], Rule]:
    """Make a function that yields field and message into the rule of that id.

    `reads` are the top-level fields the function reads of the document. Name none where it insists on every change.
    """
    return lambda says: Rule(id, level, reads, on, two_approvers, says)


def run(rules: Iterable[Rule], change: Proposal, plan: Plan) -> list[Finding]:
    """What all rules find, in the order of the rules."""
    return [finding for one in rules for finding in one.findings(change, plan)]
