from portal.mirror.kinds import Action, Finding, Level, Plan, Proposal
from portal.mirror.rules import DELETE, Says, rule, run

BASE = {"displayName": "A", "description": ""}


@rule("VR-00", Level.CONFIRM, "displayName", two_approvers=True)
def always(change: Proposal, plan: Plan) -> Says:
    yield "displayName", "Something is said."


@rule("VR-00", Level.BLOCK)
def insistent(change: Proposal, plan: Plan) -> Says:
    yield "displayName", "Something is said."


@rule("VR-00", Level.BLOCK, on=DELETE)
def on_deletion(change: Proposal, plan: Plan) -> Says:
    yield "displayName", "Something is said."


def found(one: object, action: Action, base: dict[str, str] | None, after: dict[str, str] | None) -> list[Finding]:
    return run([one], Proposal("citation", action, base, after), Plan())  # type: ignore[list-item]


def finding(level: Level, *, two_approvers: bool = False) -> Finding:
    return Finding("VR-00", level, "displayName", "Something is said.", two_approvers)


def test_rule_insists_on_a_creation() -> None:
    assert found(always, Action.CREATE, None, BASE) == [finding(Level.CONFIRM, two_approvers=True)]


def test_rule_insists_on_an_update_that_touches_what_it_reads() -> None:
    after = {**BASE, "displayName": "B"}

    assert found(always, Action.UPDATE, BASE, after) == [finding(Level.CONFIRM, two_approvers=True)]


def test_rule_only_warns_of_an_update_that_touches_something_else() -> None:
    assert found(always, Action.UPDATE, BASE, {**BASE, "description": "B"}) == [finding(Level.WARN)]


def test_rule_that_names_no_fields_insists_on_every_update() -> None:
    assert found(insistent, Action.UPDATE, BASE, {**BASE, "description": "B"}) == [finding(Level.BLOCK)]


def test_rule_only_warns_of_what_is_adopted() -> None:
    assert found(insistent, Action.ADOPT, BASE, {**BASE, "displayName": "B"}) == [finding(Level.WARN)]


def test_rule_judges_its_own_actions_only() -> None:
    assert found(on_deletion, Action.CREATE, None, BASE) == []
    assert found(on_deletion, Action.DELETE, BASE, None) == [finding(Level.BLOCK)]
    assert found(always, Action.DELETE, BASE, None) == []
