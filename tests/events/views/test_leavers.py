"""A list of leavers: shown row by row with what is wrong, and drafted as one change once it was seen."""

import io
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from events.leavers import lists
from portal.audit.models import Entry
from portal.changes.models import Change, ChangeRequest, State
from portal.mirror import markers
from portal.tenants.models import Tenant
from tests.happening import LIST, list_of, listed

PATH = "/t/harrow-vale/events/leavers/"
HEAD = "name,event_type,day,zone,asset_ids"
TODAY = timezone.now().date().isoformat()


def row(name: str = "Departure 4711", **cells: str) -> str:
    said = {"event_type": "Employee separation", "day": TODAY, "zone": "Europe/Berlin", "asset_ids": "4711"} | cells
    return ",".join([name, *said.values()])


def show(client: Client, text: str, **fields: Any) -> Any:
    return client.post(PATH, {"rows": text, "do": "preview", **fields})


def upload(client: Client, raw: bytes, **fields: Any) -> Any:
    file = io.BytesIO(raw)
    file.name = "leavers.csv"
    return client.post(PATH, {"file": file, "rows": "", "do": "preview", **fields})


def rows(answer: Any) -> list[lists.Row]:
    return list(answer.context["listed"].rows)


def wrong(answer: Any) -> list[tuple[int, str, str]]:
    assert answer.status_code == 422
    return [(one.line, problem.field, problem.sentence) for one in rows(answer) for problem in one.problems]


def refused(answer: Any) -> str:
    """Why a list cannot be read at all."""
    assert answer.status_code == 422
    (error,) = answer.context["form"].errors["rows"]
    return str(error)


def test_the_page_documents_every_column(writer: Client, tenant: Tenant) -> None:
    page = writer.get(PATH).text

    assert all(f"<code>{name}</code>" in page for name in lists.COLUMNS)
    assert "at most 500 rows and 1 MiB" in page


def test_a_list_is_shown_before_anything_is_saved(writer: Client, tenant: Tenant) -> None:
    answer = show(writer, list_of("Departure 1", "Departure 2"))

    assert answer.status_code == 200
    assert [one.names for one in rows(answer)] == [["Departure 1"], ["Departure 2"]]
    assert "Draft 2 events" in answer.text
    assert not ChangeRequest.objects.exists()


def test_what_was_seen_is_drafted_as_one_change(writer: Client, tenant: Tenant) -> None:
    answer = writer.post(PATH, listed("Departure 1", "Departure 2"))

    request = ChangeRequest.objects.get()
    assert answer["Location"] == request.get_absolute_url()
    assert (request.title, request.reason, request.state) == ("Record 2 events of a list", "HR says so.", State.DRAFT)
    first, second = request.changes.order_by("position")
    assert [markers.without(one.name) for one in (first, second)] == ["Departure 1", "Departure 2"]
    assert first.after["eventQueries"] == [
        {"queryType": "files", "query": "ComplianceAssetID:4711 ComplianceAssetID:4712"},
        {"queryType": "messages", "query": '"Case 12"'},
    ]
    assert first.marker != second.marker
    assert Entry.objects.filter(verb="request.drafted").count() == 1


def test_what_was_not_seen_is_shown_first(writer: Client, tenant: Tenant) -> None:
    """What is drafted is what was shown, to the letter."""
    sent = listed("Departure 1")

    answer = writer.post(PATH, sent | {"rows": sent["rows"].replace("4711|4712", "4713")})

    assert answer.status_code == 200
    assert rows(answer)[0].report.asset_ids == ("4713",)
    assert not ChangeRequest.objects.exists()


def test_a_list_with_a_wrong_row_is_not_drafted(writer: Client, tenant: Tenant) -> None:
    text = f"{HEAD}\n{row()}\n{row('Departure 2', zone='Mars')}"

    answer = show(writer, text, do="save", seen=sha256(text.encode()).hexdigest())

    assert wrong(answer) == [(3, "zone", "Name a time zone of the tz database, such as Europe/Berlin.")]
    assert not ChangeRequest.objects.exists()


def test_repetitions_are_events_of_one_case(writer: Client, tenant: Tenant) -> None:
    text = f"{HEAD},follow_ups_after\n{row()},90|30"

    writer.post(PATH, {"rows": text, "seen": sha256(text.encode()).hexdigest(), "do": "save"})

    first, *repeated = Change.objects.order_by("position")
    assert [(one.case, one.after_days) for one in repeated] == [(first.marker, 30), (first.marker, 90)]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_file_is_read_as_spreadsheets_write_it(
    writer: Client, tenant: Tenant, mark: bytes, end: str, delimiter: str
) -> None:
    text = end.join([HEAD, row("Abschied Müller"), ""]).replace(",", delimiter)

    answer = upload(writer, mark + text.encode())

    assert [one.names for one in rows(answer)] == [["Abschied Müller"]]
    assert answer.context["form"]["rows"].value().startswith(HEAD.replace(",", delimiter))


def test_columns_may_stand_in_any_order_and_spelling(writer: Client, tenant: Tenant) -> None:
    text = f"Zone,DAY, Event_Type ,asset_ids,name\nEurope/Berlin,{TODAY},employee SEPARATION,4711,Departure 4711"

    (one,) = rows(show(writer, text))

    assert one.wanted[0].after is not None
    assert one.wanted[0].after["retentionEventType"] == "Employee separation"


def test_quoted_cells_keep_their_delimiters_and_lines(writer: Client, tenant: Tenant) -> None:
    text = f'{HEAD},note\n{row()},"Says ""bye"",\nthen leaves"\n{row("Departure 2")},\n'

    answer = show(writer, text)

    assert [one.line for one in rows(answer)] == [3, 4]
    assert rows(answer)[0].report.note == 'Says "bye",\nthen leaves'


UNREADABLE = {
    "nothing below the columns": (HEAD, "There is no row below"),
    "no needed column": ("name,day,zone\nx,y,z", "lacks the column “event_type”"),
    "a column nobody knows": (f"{HEAD},salary\n", "There is no column “salary”"),
    "a column twice": (f"{HEAD},name\n", "A column stands twice"),
    "too many cells": (f"{HEAD}\n{row()},more", "Line 2 has more cells"),
    "an open quotation mark": (f'{HEAD}\n"{row()}', "Line 2 cannot be read"),
    "a quotation mark inside": (f'{HEAD}\n"a"b,c', "Line 2 cannot be read"),
    "too many rows": (f"{HEAD}\n" + "x\n" * 501, "more than 500 rows"),
    "one long cell": (f"{HEAD}\n{'x' * 200_000}", "Line 2 cannot be read"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_is_no_list_comes_back_with_the_reason(writer: Client, tenant: Tenant, what: str) -> None:
    text, sentence = UNREADABLE[what]

    answer = show(writer, text, title="Leavers of May", reason="HR says so.")

    assert sentence in refused(answer)
    shown = answer.context["form"]
    assert [shown[name].value() for name in ("title", "reason")] == ["Leavers of May", "HR says so."]
    assert shown["rows"].value() == text


@pytest.mark.parametrize("raw", ["Müller".encode("latin-1"), HEAD.encode("utf-16")], ids=["Latin-1", "UTF-16"])
def test_a_file_in_another_coding_is_refused(writer: Client, tenant: Tenant, raw: bytes) -> None:
    answer = upload(writer, raw)

    assert answer.status_code == 422
    assert "Save it as “CSV UTF-8”" in answer.text


def test_a_list_may_be_a_mebibyte_and_no_more(writer: Client, tenant: Tenant) -> None:
    full = f"{HEAD}\n{row()}\n".encode().ljust(lists.LARGEST, b"\n")

    assert upload(writer, full).status_code == 200
    assert "larger than 1 MiB" in upload(writer, full + b"\n").text


def test_nothing_at_all_is_told(writer: Client, tenant: Tenant) -> None:
    assert "Choose a file, or paste the list here." in show(writer, " ").text


WRONG = {
    "name": ({"name": "D" * 50}, "50 characters; 49 fit"),
    "event_type": ({"event_type": "Moon landing"}, "cannot be reported here"),
    "day": ({"day": "31.05.2026"}, "Write the day it happened"),
    "zone": ({"zone": ""}, "Name a time zone"),
    "asset_ids": ({"asset_ids": ""}, "Name at least one"),
}


@pytest.mark.parametrize("field", WRONG)
def test_what_is_wrong_stands_at_its_row_and_field(writer: Client, tenant: Tenant, field: str) -> None:
    cells, sentence = WRONG[field]

    ((line, at, said),) = wrong(show(writer, f"{HEAD}\n{row('Departure 1')}\n{row(**cells)}"))

    assert (line, at) == (3, field)
    assert sentence in said


@pytest.mark.parametrize("days", ["soon", "3.5", "-1", "٣", "99999"])
def test_days_to_repeat_are_whole_numbers(writer: Client, tenant: Tenant, days: str) -> None:
    ((line, field, _said),) = wrong(show(writer, f"{HEAD},follow_ups_after\n{row()},{days}"))

    assert (line, field) == (2, "follow_ups_after")


def test_two_rows_of_one_name_are_told_apart(writer: Client, tenant: Tenant) -> None:
    found = wrong(show(writer, list_of("Departure 1", "Departure 1")))

    assert {field for _line, field, _said in found} == {"name"}


def test_what_is_worth_checking_is_shown_and_may_be_drafted(writer: Client, tenant: Tenant) -> None:
    day = (timezone.now() - timedelta(days=120)).date().isoformat()

    answer = show(writer, f"{HEAD}\n{row(day=day)}")

    assert answer.status_code == 200
    assert "more than 90 days away" in answer.text


def test_a_formula_stays_text(writer: Client, tenant: Tenant) -> None:
    """It is shown as it is, stored as it is, and never given back as a file that would run it."""
    formula = '=HYPERLINK("http://evil.test")<img src=x>'
    text = ";".join(LIST) + f'\n"{formula.replace(chr(34), chr(34) * 2)}";;{TODAY};;;'

    answer = show(writer, text)

    assert rows(answer)[0].report.name == formula
    assert "<img src=x>" not in answer.text
    assert "text/html" in answer["Content-Type"]


def test_names_of_other_columns_come_from_the_file_and_are_escaped(writer: Client, tenant: Tenant) -> None:
    assert "<img" not in show(writer, "<img src=x>\n").text.replace("<img class", "")
