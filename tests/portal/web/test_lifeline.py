from datetime import date

import pytest

from portal.web import lifeline
from portal.web.icons import ICONS

IN_DAYS = "#microsoft.graph.security.retentionDurationInDays"
FOREVER = {"@odata.type": "#microsoft.graph.security.retentionDurationForever"}


def label(days=3653, *, keep="retainAsRecord", start="dateCreated", then="delete", stages=(), **more):
    return {
        "behaviorDuringRetentionPeriod": keep,
        "actionAfterRetentionPeriod": then,
        "retentionTrigger": start,
        "retentionDuration": {"@odata.type": IN_DAYS, "days": days} if days else FOREVER,
        "dispositionReviewStages": [{"stageNumber": str(n), "name": name} for n, name in enumerate(stages, 1)],
    } | more


def kinds(document, **options):
    drawing = lifeline.draw(lifeline.life(document), options.pop("scale", lifeline.list_scale()), **options)
    return [mark.kind for mark in drawing.marks]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (label(), ["start-disc", "bar-record", "end"]),
        (label(keep="retain", start="dateModified"), ["start-ring", "bar-retain", "end"]),
        (label(keep="retainAsRegulatoryRecord", start="dateLabeled"), ["start-disc", "bar-regulatory", "end"]),
        (label(keep="doNotRetain", then="relabel"), ["start-disc", "bar-none", "end"]),
        (label(days=None, then="none"), ["start-disc", "bar-record", "end"]),
        (
            label(start="dateOfEvent", then="startDispositionReview", stages=["HR", "Legal"]),
            ["lead", "pole", "start-flag", "bar-record", "stage", "stage"],
        ),
        (label(days=18_263), ["start-disc", "bar-record", "gap", "gap", "end"]),
    ],
)
def test_draw_has_one_shape_for_each_fact(document, expected):
    assert kinds(document) == expected


def test_draw_survives_what_graph_may_add_later():
    document = {"behaviorDuringRetentionPeriod": "unknownFutureValue", "retentionDuration": None}

    assert kinds(document) == ["start-disc"]


def test_draw_is_to_scale():
    scale = lifeline.list_scale()

    ten = next(mark for mark in lifeline.draw(lifeline.life(label(3652)), scale).marks if mark.kind == "bar-record")

    assert ten.d.startswith("M26 4.5h27.99")


def test_draw_numbers_new_stages_apart():
    before = lifeline.life(label(3650, then="startDispositionReview", stages="ab"))
    after = lifeline.life(label(3653, then="startDispositionReview", stages="abc"))
    scale = lifeline.shared_scale(before, after)

    drawing = lifeline.draw(after, scale, known_stages=2, was=before)

    assert [(figure.kind, figure.text) for figure in drawing.figures] == [
        ("number-stage", "1"),
        ("number-stage", "2"),
        ("number-stage-new", "3"),
    ]
    assert "ghost" not in [mark.kind for mark in drawing.marks]


def test_draw_shows_time_taken_away_as_a_ghost():
    before, after = lifeline.life(label(1827)), lifeline.life(label(1096))

    drawing = lifeline.draw(after, lifeline.shared_scale(before, after), was=before)

    assert [mark.kind for mark in drawing.marks][-2:] == ["ghost", "ghost-end"]


def test_draw_shows_the_end_of_for_ever_as_a_ghost():
    before, after = lifeline.life(label(None)), lifeline.life(label(1096))

    drawing = lifeline.draw(after, lifeline.shared_scale(before, after), was=before)

    assert [mark.kind for mark in drawing.marks][-2:] == ["ghost", "ghost-end"]


def test_shared_scale_is_the_longer_plus_two_years():
    assert lifeline.shared_scale(lifeline.life(label(3650)), lifeline.life(label(3653))).years == 12
    assert lifeline.shared_scale(lifeline.life(label(None))).years == 12
    assert lifeline.shared_scale(lifeline.life(label(36_525))).years == 102


def test_axis_names_its_unit():
    texts = [figure.text for figure in lifeline.axis(lifeline.list_scale())]

    assert texts == ["0", "10", "20", "30", "years"]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (label(3650, then="startDispositionReview", stages="ab"), "3,650 days, 2 stages, deleted"),
        (label(365, then="startDispositionReview", stages="a"), "365 days, 1 stage, deleted"),
        (label(2557), "2,557 days, deleted"),
        (label(2557, then="relabel"), "2,557 days, then another label"),
        (label(2557, then="none"), "2,557 days, then nothing"),
        (label(None, then="none"), "Kept for ever"),
        ({"retentionDuration": None}, "Not kept for a set time"),
    ],
)
def test_words_say_what_the_drawing_shows(document, words):
    assert lifeline.words(document) == words


def test_upright_tells_an_event_based_life_from_the_event_on():
    document = label(
        2190,
        start="dateOfEvent",
        then="startDispositionReview",
        stages=["HR records", "Legal"],
        defaultRecordBehavior="startLocked",
    )

    points = lifeline.upright(document, date(2026, 5, 31), "Assignment ended")

    assert [(point.title, point.on) for point in points] == [
        ("Created and labelled", None),
        ("Assignment ended", date(2026, 5, 31)),
        ("HR records", date(2032, 5, 29)),
        ("Legal", None),
        ("If all approve, deleted within 15 days", None),
    ]
    assert points[1].note == "6 years, 2,190 days. Locked record."


@pytest.mark.parametrize("then", ["delete", "relabel", "none", "unknownFutureValue"])
@pytest.mark.parametrize("days", [1, 36_525, None])
def test_upright_ends_in_a_shape_that_exists(then, days):
    last = lifeline.upright(label(days, then=then), date(2026, 5, 31))[-1]

    assert last.icon in ICONS


def test_upright_leaves_out_a_day_no_calendar_has():
    assert lifeline.upright(label(36_525), date(9990, 1, 1))[-1].on is None
