from typing import Any

import pytest

from portal.mirror import kinds
from portal.mirror.kinds import Action, Incomplete, Line, Reference

NAMED = ["authority", "category", "department", "filePlanReference"]


def refuse(reference: Reference) -> str:
    raise AssertionError(f"nothing to bind in {reference}")


@pytest.mark.parametrize("kind", NAMED)
def test_document_of_a_name_is_the_name(kind: str) -> None:
    assert kinds.of(kind).document({"id": "1", "displayName": "Legal", "createdBy": {}}) == {"displayName": "Legal"}


@pytest.mark.parametrize("kind", [*NAMED, "citation", "subcategory"])
@pytest.mark.parametrize("raw", [{"id": "1"}, {"displayName": "Legal"}, {"id": "1", "displayName": " "}])
def test_document_refuses_a_value_without_id_or_name(kind: str, raw: dict[str, Any]) -> None:
    with pytest.raises(Incomplete):
        kinds.of(kind).document({"@parent": {"id": "2", "displayName": "Personnel"}, **raw})


def test_document_of_a_citation_holds_address_and_jurisdiction() -> None:
    raw = {"id": "1", "displayName": "Code art. 40", "citationUrl": "https://example.org", "citationJurisdiction": None}

    assert kinds.of("citation").document(raw) == {
        "displayName": "Code art. 40",
        "citationUrl": "https://example.org",
        "citationJurisdiction": "",
    }


def test_document_of_a_subcategory_names_its_category() -> None:
    raw = {"id": "1", "displayName": "Contracts", "@parent": {"id": "2", "displayName": "Personnel"}}

    assert kinds.of("subcategory").document(raw) == {"displayName": "Contracts", "category": "Personnel"}


def test_document_refuses_a_subcategory_without_category() -> None:
    with pytest.raises(Incomplete, match=r"^A subcategory came without its category\.$"):
        kinds.of("subcategory").document({"id": "1", "displayName": "Contracts"})


def test_body_of_a_citation_leaves_out_what_is_not_set() -> None:
    wanted = {"displayName": "Code art. 40", "citationUrl": "", "citationJurisdiction": "Portugal"}

    assert kinds.of("citation").body(wanted, None, refuse) == {
        "displayName": "Code art. 40",
        "citationJurisdiction": "Portugal",
    }


def test_body_of_a_subcategory_leaves_its_category_to_the_path() -> None:
    wanted = {"displayName": "Contracts", "category": "Personnel"}

    assert kinds.of("subcategory").body(wanted, None, refuse) == {"displayName": "Contracts"}


def test_partial_gives_back_what_a_body_carries() -> None:
    sent = {"displayName": "Code art. 40", "citationUrl": "https://example.org"}

    assert kinds.of("citation").partial(sent, str) == sent


def test_parent_of_a_subcategory_is_its_category() -> None:
    assert kinds.parent_name("subcategory", {"displayName": "Contracts", "category": "Personnel"}) == "Personnel"


@pytest.mark.parametrize("kind", [*NAMED, "citation"])
def test_parent_of_all_other_values_is_nothing(kind: str) -> None:
    assert kinds.parent_name(kind, {"displayName": "Contracts"}) == ""


def test_columns_hold_parent_and_citation() -> None:
    wanted = {"displayName": "Contracts", "category": "P" * 400}

    assert kinds.of("subcategory").columns(wanted, {}) == {
        "parent_name": "P" * 300,
        "citation_url": "",
        "citation_jurisdiction": "",
    }


def test_lines_of_a_citation_say_what_is_set() -> None:
    wanted = {"displayName": "Code art. 40", "citationUrl": "", "citationJurisdiction": "Portugal"}

    assert kinds.of("citation").lines(wanted) == (
        Line("displayName", "Name", "Code art. 40"),
        Line("citationJurisdiction", "Jurisdiction", "Portugal"),
    )


def test_lines_of_a_subcategory_say_its_category() -> None:
    assert kinds.of("subcategory").lines({"displayName": "Contracts", "category": "Personnel"}) == (
        Line("displayName", "Name", "Contracts"),
        Line("category", "Category", "Personnel"),
    )


def test_a_subcategory_can_only_be_created() -> None:
    assert kinds.of("subcategory").actions == {Action.CREATE}


@pytest.mark.parametrize("kind", [*NAMED, "citation"])
def test_other_values_can_be_created_and_deleted(kind: str) -> None:
    assert kinds.of(kind).actions == {Action.CREATE, Action.DELETE}
