"""What Graph is sent of a wish, what is left to a person, and how both are read as one object again."""

from typing import Any

import pytest

from labels.document import reach
from portal.changes.models import Push
from portal.changes.objects import Wanted, confirmed, key_of, objects_of, parts_of
from portal.mirror.kinds import Action, Document
from tests.labels.builders import described, make_label

LABEL = "retentionLabel"


def shown(wanted: Wanted) -> list[tuple[str, str]]:
    return [(part.action, part.carried_by) for part in parts_of(wanted)]


def creation(document: Document, kind: str = LABEL) -> Wanted:
    return Wanted(kind, Action.CREATE, None, document)


def update(base: Document, **fields: Any) -> Wanted:
    return Wanted(LABEL, Action.UPDATE, base, {**base, **fields}, "id-1")


def test_parts_of_a_plain_creation_is_one() -> None:
    [part] = parts_of(creation(make_label()))

    assert (part.action, part.carried_by, part.base, part.after) == ("create", "graph", None, make_label())
    assert (part.name, part.parent, part.target) == ("FIN Invoices 10y", "", "")


def test_parts_of_a_creation_leave_the_subcategory_to_a_person() -> None:
    """Graph cannot assign one (contract 4.5)."""
    wanted = make_label(descriptors=described(category="Finance", subcategory="Payables"))
    sent = make_label(descriptors=described(category="Finance"))

    graph, person = parts_of(creation(wanted))

    assert (graph.action, graph.carried_by, graph.base, graph.after) == ("create", "graph", None, sent)
    assert (person.action, person.carried_by, person.base, person.after) == ("update", "person", sent, wanted)


def test_parts_of_an_update_is_one_where_graph_takes_it_all() -> None:
    base = make_label()

    [part] = parts_of(update(base, descriptionForAdmins="New"))

    assert (part.action, part.carried_by, part.base, part.target) == ("update", "graph", base, "id-1")
    assert part.after == base | {"descriptionForAdmins": "New"}


def test_parts_of_an_update_leave_descriptors_to_a_person() -> None:
    """Of an existing label Graph takes six fields only (contract 3.3)."""
    base, other = make_label(), described(authority="Business")

    graph, person = parts_of(update(base, descriptionForAdmins="New", descriptors=other))

    assert graph.after == base | {"descriptionForAdmins": "New"}
    assert (person.base, person.after) == (graph.after, graph.after | {"descriptors": other})
    assert (graph.target, person.target) == ("id-1", "id-1")


def test_parts_of_an_update_send_nothing_where_graph_takes_nothing() -> None:
    assert shown(update(make_label(), descriptors=described(authority="Business"))) == [("update", "person")]


def test_parts_of_a_deletion_is_one() -> None:
    [part] = parts_of(Wanted(LABEL, Action.DELETE, make_label(), None, "id-1"))

    assert (part.action, part.base, part.after, part.target) == ("delete", make_label(), None, "id-1")


def test_parts_of_an_unchanged_update_is_kept_to_be_seen() -> None:
    assert shown(update(make_label())) == [("update", "graph")]


@pytest.mark.parametrize("base", [None, make_label()])
def test_parts_lead_step_by_step_from_base_to_what_is_wanted(base: Document | None) -> None:
    after = make_label(
        descriptionForUsers="New", descriptors=described(authority="Business", category="F", subcategory="P")
    )
    parts = parts_of(Wanted(LABEL, Action.UPDATE if base else Action.CREATE, base, after))

    assert parts[0].base == base
    assert [part.base for part in parts[1:]] == [part.after for part in parts[:-1]]
    assert parts[-1].after == after
    assert parts[0].after == reach(base, after)


def test_parts_of_a_subcategory_name_its_category() -> None:
    [part] = parts_of(creation({"displayName": "Flats", "category": "Leases"}, "subcategory"))

    assert (part.name, part.parent) == ("Flats", "Leases")


def test_objects_of_reads_the_parts_as_one() -> None:
    base = make_label()
    changes = parts_of(update(base, descriptionForAdmins="New", descriptors=described(authority="Business")))
    for position, change in enumerate(changes):
        change.position = position

    [changed] = objects_of(reversed(changes))

    assert (changed.base, changed.after) == (base, changes[1].after)
    assert (changed.action, changed.by_hand, changed.is_stopped) == (Action.UPDATE, (changes[1],), False)


def test_objects_of_keeps_their_order() -> None:
    changes = [part for name in ("C", "A", "B") for part in parts_of(creation(make_label(displayName=name)))]
    for position, change in enumerate(changes):
        change.position = position

    assert [changed.name for changed in objects_of(changes)] == ["C", "A", "B"]


def test_an_object_has_stopped_when_a_part_has() -> None:
    graph, person = parts_of(creation(make_label(descriptors=described(category="F", subcategory="P"))))
    graph.push, person.push, graph.position, person.position = Push.STOPPED, Push.PERSON, 0, 1

    [changed] = objects_of([graph, person])

    assert changed.is_stopped


def test_confirmed_keeps_what_was_confirmed_before() -> None:
    [part] = parts_of(creation(make_label()))
    part.position, part.acknowledgements = 0, [{"rule": "VR-09", "reason": "Agreed."}]

    wish = confirmed(objects_of([part])[0], "VR-14", "Known.")

    assert (wish.after, wish.acknowledged) == (make_label(), {"VR-09": "Agreed.", "VR-14": "Known."})


@pytest.mark.parametrize("name", ["fin invoices 10y", " FIN Invoices 10y ", "FIN Invoices 10y"])
def test_key_of_is_the_same_for_what_purview_takes_for_one_name(name: str) -> None:
    assert key_of(LABEL, make_label(displayName=name)) == key_of(LABEL, make_label())


def test_key_of_tells_namesakes_below_two_categories_apart() -> None:
    flats = [{"displayName": "Flats", "category": category} for category in ("Leases", "Sales")]

    assert key_of("subcategory", flats[0]) != key_of("subcategory", flats[1])
