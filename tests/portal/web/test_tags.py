from datetime import UTC, datetime, timedelta

import pytest
from django.template import engines
from django.utils import timezone

HOSTILE = '<img src=x onerror=alert(1)>" hx-get="/x'
LABEL = {
    "displayName": HOSTILE,
    "behaviorDuringRetentionPeriod": "retain",
    "actionAfterRetentionPeriod": "startDispositionReview",
    "retentionTrigger": "dateOfEvent",
    "retentionDuration": {"days": 3650},
    "dispositionReviewStages": [{"stageNumber": "1", "name": HOSTILE}],
}


def rendered(source, **context):
    return engines["django"].from_string(source).render(context)


@pytest.mark.parametrize(
    "source",
    [
        "{{ text|visible }}",
        "{% person text %}",
        "{% service text %}",
        "{% worddiff text 'other' %}",
        "{% worddiff 'other' text 'after' %}",
        "{% short_hash text 5 %}",
        "{% state_badge 'label' text text %}",
        "{% grave text %}",
        "{% finding found name=text ident=text action=text %}",
        "{% lifeline_upright label start=day event=text %}",
        "{% lifeline_change label label text text %}",
    ],
)
def test_tags_escape_text_from_elsewhere(source):
    found = {"level": "confirm", "rule": HOSTILE, "message": HOSTILE}

    html = rendered(source, text=HOSTILE, found=found, label=LABEL, day=datetime(2026, 5, 31, tzinfo=UTC).date())

    assert "<img" not in html
    assert '" hx-get=' not in html


@pytest.mark.parametrize(
    "source",
    ["{% lifeline label %}", "{% lifeline_axis %}", "{% lifeline_change None label %}", "{% icon 'flag' %}"],
)
def test_drawings_are_hidden_from_listeners_and_bear_no_style(source):
    html = rendered(source, label=LABEL)

    assert 'aria-hidden="true"' in html
    assert "style" not in html


def test_visible_shows_what_hides():
    html = rendered("{{ text|visible }}", text="pdf\u202egnp.exe\x00")

    assert "\u202e" not in html
    assert "\x00" not in html
    assert "U+202E" in html
    assert "U+0000" in html


def test_plainly_says_what_hides_without_markup():
    assert rendered("<title>{{ text|plainly }}</title>", text="<b>pdf\u202egnp") == (
        "<title>&lt;b&gt;pdf[U+202E]gnp</title>"
    )


def test_visible_leaves_ordinary_scripts_alone():
    for text in ("Überlassungsvertrag", "سجلات\nالموظفين", "व्यक्तिगत\u200dफ़ाइल"):
        assert rendered("{{ text|visible }}", text=text) == text


def test_worddiff_says_removed_and_added_to_listeners():
    assert rendered("{% worddiff 'ten years' 'nine years' 'before' %}") == (
        '<del><span class="unseen">Removed: </span>ten</del> years'
    )
    assert rendered("{% worddiff 'ten years' 'nine years' 'after' %}") == (
        '<ins><span class="unseen">Added: </span>nine</ins> years'
    )


def test_ago_carries_the_exact_moment():
    moment = timezone.now() - timedelta(minutes=4)

    html = rendered("{% ago moment %}.", moment=moment)

    assert html.endswith(">4 min ago</time>.")
    assert f'title="{moment:%Y-%m-%d %H:%M:%S} UTC"' in html


def test_moments_of_nothing_are_empty():
    assert rendered("{% ago m %}{% moment m %}{% clock m %}", m=None) == ""


def test_short_hash_hands_over_the_whole():
    html = rendered("{% short_hash value %}", value="9f3c21ab" * 8)

    assert "<code>9f3c 21ab</code>" in html
    assert f'data-copy="{"9f3c21ab" * 8}"' in html


def test_finding_asks_for_a_confirmation_only_where_one_is_due():
    found = {"level": "warn", "rule": "VR-70", "message": "Six years."}

    assert "checkbox" not in rendered("{% finding found name='acknowledge' %}", found=found)
    assert "checkbox" in rendered("{% finding found name='acknowledge' %}", found=found | {"level": "confirm"})


def test_finding_is_named_by_what_it_describes():
    found = {"level": "block", "rule": "VR-11", "message": "No end."}

    assert '<div class="finding" data-level="block" id="days_finding">' in " ".join(
        rendered("{% finding found ident='days_finding' %}", found=found).split()
    )


def test_period_has_two_figures():
    html = rendered("{% period 3653 %}")

    assert '<span class="period-rounded">10 y</span>' in html
    assert '<span class="period-exact">3,653 d</span>' in html


def test_seals_count_what_is_given():
    html = rendered("{% include 'shared/_seals.html' with given=1 wanted=2 %}")

    assert html.count('class="seal"') == 2
    assert html.count("data-given") == 1
    assert "1 of 2" in html


def test_person_keeps_the_name_for_listeners():
    html = rendered("{% person 'Elin Maria Sandström' only_mark=True %}")

    assert '<span class="face" aria-hidden="true">ES</span>' in html
    assert '<span class="unseen">Elin Maria Sandström</span>' in html
