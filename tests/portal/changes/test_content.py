"""What the approvers' hash covers, and what it does not (G1)."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.audit import canonical
from portal.changes.content import content
from portal.changes.models import Carrier, Change, Push
from portal.mirror.kinds import Action

TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=12)
DOCUMENTS = st.fixed_dictionaries({"displayName": TEXTS, "descriptionForAdmins": TEXTS})
ACKNOWLEDGED = st.lists(st.sampled_from(["VR-09", "VR-14", "VR-47"]), unique=True)


@st.composite
def requests(draw: Any) -> list[Change]:
    """Up to four changes as they stand after a push has begun: some with targets and progress of their own."""
    return [changed(draw, position) for position in range(draw(st.integers(1, 4)))]


def changed(draw: Any, position: int) -> Change:
    action = draw(st.sampled_from([Action.CREATE, Action.UPDATE, Action.DELETE]))
    document = draw(DOCUMENTS) | {"displayName": f"Label {position}"}
    return Change(
        pk=draw(st.integers(1, 10**6)),
        position=position,
        kind=draw(st.sampled_from(["retentionLabel", "category"])),
        action=action,
        name=f"Label {position}",
        target=f"id-{position}" if action != Action.CREATE else "",
        base=None if action == Action.CREATE else document,
        after=None if action == Action.DELETE else document | {"descriptionForAdmins": draw(TEXTS)},
        carried_by=draw(st.sampled_from(Carrier.values)),
        acknowledgements=[{"rule": rule, "reason": draw(TEXTS), "by": 1} for rule in draw(ACKNOWLEDGED)],
    )


def hashed(changes: list[Change]) -> str:
    return canonical.sha256(content(changes))


@given(requests(), st.randoms())
def test_content_does_not_depend_on_rows(changes: list[Change], random: Any) -> None:
    before = hashed(changes)
    shuffled = copy.deepcopy(changes)
    random.shuffle(shuffled)
    for change in shuffled:
        change.pk = random.randrange(10**6)
        random.shuffle(change.acknowledgements)

    assert hashed(shuffled) == before


@given(requests())
def test_content_does_not_depend_on_what_the_push_fills_in(changes: list[Change]) -> None:
    """An approval stands while its changes are carried out."""
    before = hashed(changes)
    for change in changes:
        change.push, change.sends, change.message = Push.DONE, 3, "Confirmed"
        change.target = change.target or "known now"

    assert hashed(changes) == before


@given(requests())
def test_content_does_not_depend_on_gaps_between_places(changes: list[Change]) -> None:
    before = hashed(changes)
    for change in changes:
        change.position = change.position * 2 + 4

    assert hashed(changes) == before


def update(**fields: Any) -> Change:
    values: dict[str, Any] = {
        "position": 0,
        "kind": "retentionLabel",
        "action": Action.UPDATE,
        "name": "A",
        "target": "id-1",
        "base": {"displayName": "A", "descriptionForAdmins": "x"},
        "after": {"displayName": "A", "descriptionForAdmins": "y"},
        "acknowledgements": [{"rule": "VR-47", "reason": "Agreed."}],
    }
    return Change(**values | fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "category"},
        {"action": Action.ADOPT},
        {"target": "id-2"},
        {"base": {"displayName": "A", "descriptionForAdmins": "z"}},
        {"base": {"displayName": "A", "descriptionForAdmins": None}},
        {"after": {"displayName": "A", "descriptionForAdmins": "z"}},
        {"after": {"displayName": "A"}},
        {"after": None},
        {"carried_by": Carrier.PERSON},
        {"acknowledgements": []},
        {"acknowledgements": [{"rule": "VR-48", "reason": "Agreed."}]},
        {"case": "FPE-7K3Q9M2XW4"},
    ],
)
def test_content_depends_on_everything_that_is_signed(fields: dict[str, Any]) -> None:
    assert hashed([update(**fields)]) != hashed([update()])


def test_content_depends_on_how_long_a_repetition_waits() -> None:
    soon, late = (update(case="FPE-7K3Q9M2XW4", after_days=days) for days in (30, 60))

    assert hashed([soon]) != hashed([late])


def test_content_depends_on_the_order() -> None:
    first, second = update(name="A"), update(name="B", target="id-2")
    turned = [update(name="A", position=1), update(name="B", target="id-2", position=0)]
    second.position = 1

    assert hashed([first, second]) != hashed(turned)


def test_content_depends_on_how_many_there_are() -> None:
    assert hashed([update()]) != hashed([update(), update(name="B", position=1)])


def test_content_leaves_out_the_id_of_what_the_request_creates_for_both_its_parts() -> None:
    """The part a person carries gets the same id as the part Graph is sent."""
    created = update(action=Action.CREATE, base=None, target="")
    by_hand = update(position=1, target="", carried_by=Carrier.PERSON)
    before = hashed([created, by_hand])
    created.target = by_hand.target = "known now"

    assert hashed([created, by_hand]) == before


def test_content_keeps_the_id_of_a_namesake_of_another_kind() -> None:
    created = update(action=Action.CREATE, base=None, target="", kind="category")
    other = update(position=1)

    assert [one["target"] for one in content([created, other])] == ["", "id-1"]
