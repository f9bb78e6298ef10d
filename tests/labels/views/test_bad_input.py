"""Bad input through the real form (reliability.md, section 8)."""

import html

import pytest
from django.test import Client
from django.urls import reverse

from labels.forms import LabelForm
from portal.changes.models import Change, ChangeRequest
from portal.tenants.models import Tenant
from tests.labels.builders import make_label, reviewed, stage
from tests.labels.factories import mirror_label, typed

NEW = reverse("label-new", args=["harrow-vale"])
LIST = reverse("labels", args=["harrow-vale"])
MARKUP = [
    "<img src=x onerror=alert(1)>",
    "{{7*7}}",
    '" hx-get="/x',
    "{% now 'Y' %}",
    "</title><script>alert(1)</script>",
]
MEANINGLESS = ["page=0", "page=x", "page=999", "sort=x", "sort=--name", "kept=x", "state=x", "in_use=maybe", "per=7"]


@pytest.mark.parametrize("name", MARKUP)
def test_markup_in_a_name_is_shown_as_it_is(writer: Client, tenant: Tenant, name: str) -> None:
    row = mirror_label(tenant, displayName=name)
    pages = [LIST, *(reverse(page, args=["harrow-vale", row.pk]) for page in ("label", "label-edit", "label-delete"))]

    contents = [writer.get(page).content.decode() for page in pages]
    contents.append(writer.post(NEW, typed(make_label(displayName=name), do="submit")).content.decode())

    for content in contents:
        assert html.escape(name) in content
        assert name not in content or name == "{{7*7}}" or name.startswith("{%")


@pytest.mark.parametrize(("hidden", "shown"), [("\u202egpj.exe", "U+202E"), ("a\u2066b", "U+2066")])
def test_hidden_characters_in_a_name_are_marked(writer: Client, tenant: Tenant, hidden: str, shown: str) -> None:
    row = mirror_label(tenant, displayName=f"HR {hidden}")

    for page in (LIST, reverse("label", args=["harrow-vale", row.pk])):
        assert shown in writer.get(page).content.decode()


@pytest.mark.parametrize("field", ["displayName", "descriptionForUsers", "category", "title", "reason"])
@pytest.mark.parametrize("text", ["HR\0file", "HR\ufffdfile", pytest.param("HR\ud800file", id="surrogate")])
def test_text_that_cannot_be_stored_is_refused_at_its_field(
    writer: Client, tenant: Tenant, field: str, text: str
) -> None:
    form = LabelForm(typed(make_label(), **{field: text}))

    assert list(form.errors) == [field]
    assert "cannot be stored" in form.errors[field][0]


def test_half_a_character_in_a_name_is_refused(writer: Client, tenant: Tenant) -> None:
    body = "do=save&displayName=HR%ED%A0%80file&reason=x"

    response = writer.post(NEW, body, content_type="application/x-www-form-urlencoded")

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["displayName"]
    assert not ChangeRequest.objects.exists()


@pytest.mark.parametrize("field", ["name", "reviewersEmailAddresses"])
def test_stage_that_cannot_be_stored_is_refused(writer: Client, tenant: Tenant, field: str) -> None:
    form = typed(reviewed(stage(1, "HR", "hr@x.test")))

    response = writer.post(NEW, form | {f"dispositionReviewStages-0-{field}": "H\0R"})

    assert response.status_code == 422
    assert f'href="#id_dispositionReviewStages-0-{field}"' in response.content.decode()


@pytest.mark.parametrize("length", [301, 10_000])
def test_name_too_long_to_keep_is_refused_and_stays(writer: Client, tenant: Tenant, length: int) -> None:
    response = writer.post(NEW, typed(make_label(displayName="a" * length)))

    assert response.status_code == 422
    assert "a" * length in response.content.decode()
    assert not ChangeRequest.objects.exists()


@pytest.mark.parametrize("days", ["-1", "0", "1.5", "1e9", "٣٦٥", "36526", "366 days", "1,000", "00000001", "²"])
def test_period_that_is_no_number_of_days_is_refused(writer: Client, tenant: Tenant, days: str) -> None:
    response = writer.post(NEW, typed(make_label(), retentionDuration=days, retentionDurationUnit="days"))

    assert response.status_code == 422
    assert response.context["form"].errors == {"retentionDuration": ["Enter 1 to 36,525 days, or choose for ever"]}
    assert f'value="{html.escape(days)}"' in response.content.decode()


@pytest.mark.parametrize(("number", "unit"), [("101", "years"), ("1218", "months"), ("1", "centuries")])
def test_period_beyond_a_hundred_years_is_refused(writer: Client, tenant: Tenant, number: str, unit: str) -> None:
    response = writer.post(NEW, typed(make_label(), retentionDuration=number, retentionDurationUnit=unit))

    assert response.status_code == 422


def test_label_that_retains_without_a_period_is_not_submitted(writer: Client, tenant: Tenant) -> None:
    response = writer.post(NEW, typed(make_label(), retentionDuration="", do="submit"))

    assert response.status_code == 422
    assert {one.finding.rule for one in response.context["editor"].to_fix} == {"VR-09"}


@pytest.mark.parametrize(
    "fields",
    [
        {"behaviorDuringRetentionPeriod": "destroy"},
        {"retentionTrigger": "x"},
        {"actionAfterRetentionPeriod": "x"},
        {"defaultRecordBehavior": "x"},
        {"request": "7"},
        {"citationUrl": "https://law.example"},
    ],
)
def test_choice_that_was_not_offered_is_refused(writer: Client, tenant: Tenant, fields: dict[str, str]) -> None:
    assert writer.post(NEW, typed(make_label(), **fields)).status_code == 422


@pytest.mark.parametrize("total", ["", "x", "-1", "1e9", "99999999999", "٣"])
@pytest.mark.parametrize("do", ["save", "live", "stage-add", "stage-remove-1"])
def test_number_of_stages_that_is_none_breaks_nothing(writer: Client, tenant: Tenant, total: str, do: str) -> None:
    response = writer.post(NEW, typed(make_label(), do=do, **{"dispositionReviewStages-TOTAL_FORMS": total}))

    assert response.status_code in (200, 302, 422)


def test_form_without_any_field_is_answered(writer: Client, tenant: Tenant) -> None:
    assert writer.post(NEW, {}).status_code == 422
    assert writer.post(NEW, {"do": "live"}).status_code == 200
    assert writer.post(NEW, {"mend": "VR-70"}).status_code == 200
    assert not Change.objects.exists()


@pytest.mark.parametrize("query", [*MEANINGLESS, "q=%00", "q=%ED%A0%80"])
def test_query_that_means_nothing_is_left_out(writer: Client, tenant: Tenant, query: str) -> None:
    mirror_label(tenant)

    assert writer.get(f"{LIST}?{query}").status_code == 200
