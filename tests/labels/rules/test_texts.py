import pytest

from tests.labels.builders import (
    BLOCK,
    WARN,
    all_findings,
    create,
    known_label,
    make_label,
    make_plan,
    reviewed,
    said,
    stage,
    update,
)


def test_a_sound_label_has_no_findings() -> None:
    assert all_findings(create(make_label())) == []


@pytest.mark.parametrize("name", ["", "   ", None, 5])
def test_vr_01_blocks_an_empty_name(name: object) -> None:
    assert said("VR-01", create(make_label(displayName=name))) == [(BLOCK, "displayName", "Enter a label name.")]


def test_vr_01_accepts_a_name() -> None:
    assert said("VR-01", create(make_label())) == []


def test_vr_02_blocks_65_characters() -> None:
    assert said("VR-02", create(make_label(displayName="n" * 65))) == [
        (BLOCK, "displayName", "The name has 65 characters; Purview allows 64. Shorten it by 1.")
    ]


def test_vr_02_accepts_64_characters() -> None:
    assert said("VR-02", create(make_label(displayName="n" * 64))) == []


def test_vr_02_warns_of_a_long_name_made_elsewhere() -> None:
    base = make_label(displayName="n" * 70)

    assert said("VR-02", update(base, descriptionForAdmins="New")) == [
        (WARN, "displayName", "The name has 70 characters; Purview allows 64. Shorten it by 6.")
    ]


@pytest.mark.parametrize(
    "name", ["FIN Invoices 10y", "fin invoices 10Y", " FIN Invoices 10y ", "FIN Invoices 10y\u2003"]
)
def test_vr_03_blocks_a_name_the_tenant_has(name: str) -> None:
    plan = make_plan(known_label(make_label()))

    assert said("VR-03", create(make_label(displayName=name)), plan) == [
        (BLOCK, "displayName", f"“{name}” already exists. Choose another name or open the existing label.")
    ]


def test_vr_03_compares_composed_and_decomposed_letters() -> None:
    plan = make_plan(known_label(make_label(displayName="Caf\u00e9")))

    assert len(said("VR-03", create(make_label(displayName="Cafe\u0301")), plan)) == 1


def test_vr_03_blocks_a_name_drafted_elsewhere() -> None:
    plan = make_plan(drafted=frozenset({("retentionLabel", "fin invoices 10y")}))

    assert said("VR-03", create(make_label()), plan) == [
        (
            BLOCK,
            "displayName",
            "“FIN Invoices 10y” is already drafted in another change. Choose another name or open that change.",
        )
    ]


def test_vr_03_accepts_a_free_name() -> None:
    plan = make_plan(
        known_label(make_label(displayName="Other")), drafted=frozenset({("category", "fin invoices 10y")})
    )

    assert said("VR-03", create(make_label()), plan) == []


def test_vr_03_leaves_an_update_alone() -> None:
    base = make_label()

    assert said("VR-03", update(base, descriptionForAdmins="New"), make_plan(known_label(base))) == []


def test_vr_04_warns_of_what_the_import_refuses() -> None:
    assert said("VR-04", create(make_label(displayName="Verträge (Köln), ä"))) == [
        (
            WARN,
            "displayName",
            "Purview's CSV import accepts only letters, digits, hyphen and space. “ä ( ö ) ,” would be refused there.",
        )
    ]


def test_vr_04_accepts_letters_digits_hyphen_and_space() -> None:
    assert said("VR-04", create(make_label(displayName="FIN-Invoices 10y"))) == []


def test_vr_05_blocks_forbidden_characters() -> None:
    assert said("VR-05", create(make_label(displayName="A&B: 50%|#1"))) == [
        (BLOCK, "displayName", "Remove & : % | # from the name.")
    ]


@pytest.mark.parametrize("name", [" FIN", "FIN ", "FIN\t"])
def test_vr_05_blocks_outer_spaces(name: str) -> None:
    assert said("VR-05", create(make_label(displayName=name))) == [
        (BLOCK, "displayName", "Remove the spaces at the start and the end of the name.")
    ]


@pytest.mark.parametrize("character", ["\0", "\ud800"])
def test_vr_05_blocks_what_cannot_be_stored_and_says_where(character: str) -> None:
    wanted = reviewed(
        stage(1, "HR", "hr@contoso.com"),
        stage(2, f"Le{character}gal", f"a{character}@contoso.com"),
        displayName=f"F{character}N",
        descriptionForUsers=f"x{character}",
    )
    message = "This text contains a character that cannot be stored. Enter it again without that character."

    assert said("VR-05", create(wanted)) == [
        (BLOCK, "displayName", message),
        (BLOCK, "descriptionForUsers", message),
        (BLOCK, "dispositionReviewStages.2", message),
    ]


def test_vr_05_accepts_other_letters() -> None:
    assert said("VR-05", create(make_label(displayName="Verträge (Köln) 💼"))) == []


def test_vr_06_blocks_another_name() -> None:
    assert said("VR-06", update(make_label(), displayName="FIN Invoices 11y")) == [
        (BLOCK, "displayName", "Names cannot be changed after creation. Create a replacement label instead.")
    ]


def test_vr_06_accepts_the_same_name() -> None:
    assert said("VR-06", update(make_label(), descriptionForAdmins="New")) == []


@pytest.mark.parametrize("field", ["descriptionForAdmins", "descriptionForUsers"])
def test_vr_07_blocks_1025_characters(field: str) -> None:
    assert said("VR-07", create(make_label(**{field: "d" * 1_025}))) == [
        (BLOCK, field, "The description has 1,025 characters; the limit is 1,024. Shorten it by 1.")
    ]


@pytest.mark.parametrize("field", ["descriptionForAdmins", "descriptionForUsers"])
def test_vr_07_accepts_1024_characters(field: str) -> None:
    assert said("VR-07", create(make_label(**{field: "d" * 1_024}))) == []


def test_vr_07_insists_on_the_description_that_changes_only() -> None:
    change = update(make_label(descriptionForUsers="d" * 2_000), descriptionForAdmins="d" * 1_025)

    assert [(level, field) for level, field, _ in said("VR-07", change)] == [
        (BLOCK, "descriptionForAdmins"),
        (WARN, "descriptionForUsers"),
    ]


@pytest.mark.parametrize("character", ["\n", "\r", "\t", "\x07", "\u2028"])
@pytest.mark.parametrize("field", ["descriptionForAdmins", "descriptionForUsers"])
def test_vr_08_warns_of_line_breaks(field: str, character: str) -> None:
    assert said("VR-08", create(make_label(**{field: f"a{character}b"}))) == [
        (
            WARN,
            field,
            "Line breaks are lost or refused in a CSV import. Write the description on one line if it may be.",
        )
    ]


def test_vr_08_accepts_one_line() -> None:
    assert said("VR-08", create(make_label(descriptionForUsers="One line, 100 %"))) == []
