from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.mirror import kinds
from portal.mirror.kinds import Action, Document, Incomplete, Line, Reference

TYPE = kinds.of("retentionEventType")
event_types = st.fixed_dictionaries({"displayName": st.text(min_size=1).filter(str.strip), "description": st.text()})


def refuse(reference: Reference) -> str:
    raise AssertionError(f"nothing to bind in {reference}")


@given(event_types)
def test_a_creation_read_back_is_the_document(wanted: Document) -> None:
    blank = {"displayName": "", "description": ""}

    assert {**blank, **TYPE.partial(TYPE.body(wanted, None, refuse), str)} == wanted


@given(event_types, st.text())
def test_an_update_read_back_is_the_document(base: Document, description: str) -> None:
    after = {**base, "description": description}

    assert {**base, **TYPE.partial(TYPE.body(after, ["description"], refuse), str)} == after


@pytest.mark.parametrize("description", [None, "", 5])
def test_document_reads_an_unset_description_as_empty(description: Any) -> None:
    raw = {"id": "1", "displayName": "Employee departure", "description": description, "createdBy": {}}

    assert TYPE.document(raw) == {"displayName": "Employee departure", "description": ""}


@pytest.mark.parametrize("raw", [{"id": "1"}, {"displayName": "Departure"}, {"id": "1", "displayName": " "}])
def test_document_refuses_an_event_type_without_id_or_name(raw: dict[str, Any]) -> None:
    with pytest.raises(Incomplete, match=r"^An event type came without its id or its name\.$"):
        TYPE.document(raw)


def test_body_of_an_update_clears_a_description() -> None:
    assert TYPE.body({"displayName": "Departure", "description": ""}, ["description"], refuse) == {"description": ""}


def test_body_of_an_update_never_sends_a_name() -> None:
    assert TYPE.body({"displayName": "Departure", "description": "Left"}, ["displayName"], refuse) == {}


def test_reach_keeps_the_name_of_an_existing_event_type() -> None:
    base, after = {"displayName": "Old", "description": ""}, {"displayName": "New", "description": "Left"}

    assert TYPE.reach(base, after) == {"displayName": "Old", "description": "Left"}
    assert TYPE.reach(None, after) == after


@pytest.mark.parametrize(("name", "built_in"), [("Employee activity (event type)", True), ("Employee activity", False)])
def test_columns_recognise_what_came_with_purview(name: str, built_in: bool) -> None:
    wanted = {"displayName": name, "description": "Left"}

    assert TYPE.columns(wanted, {}) == {"description": "Left", "is_built_in": built_in}


def test_lines_say_what_is_set() -> None:
    assert TYPE.lines({"displayName": "Departure", "description": ""}) == (Line("displayName", "Name", "Departure"),)


def test_an_event_type_can_be_created_changed_and_deleted() -> None:
    assert TYPE.actions == {Action.CREATE, Action.UPDATE, Action.DELETE}
    assert TYPE.updatable == ("description",)
