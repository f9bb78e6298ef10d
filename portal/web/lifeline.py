"""The drawing of a label's life: where it starts, how long it is kept, what happens then (look.md, "The lifeline").

Pure geometry in SVG user units, which are CSS pixels. Templates turn marks into paths; nothing here writes HTML.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.web.moments import DAYS_A_YEAR, days_words, period_words

Document = dict[str, Any]
STARTS = {"dateCreated": "disc", "dateModified": "ring", "dateLabeled": "square", "dateOfEvent": "flag"}
BARS = {"retain": "retain", "retainAsRecord": "record", "retainAsRegulatoryRecord": "regulatory", "doNotRetain": "none"}


class Life(NamedTuple):
    """What the drawing needs of a label's document. `days` is None without an end, `kept` false without a bar."""

    start: str
    bar: str
    days: int | None
    kept: bool
    action: str
    stages: tuple[str, ...]
    locked: bool = False

    @property
    def years(self) -> float:
        return (self.days or 0) / DAYS_A_YEAR

    @property
    def is_endless(self) -> bool:
        return self.kept and self.days is None


class Mark(NamedTuple):
    """One path; `kind` is its class."""

    kind: str
    d: str


class Figure(NamedTuple):
    """One text of the drawing, centred on x; `kind` is its class."""

    kind: str
    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Scale:
    """Where year 0 lies, how wide a year is, and how big things are drawn.

    `radius` is that of a review stage, `start` that of the start marker, `cross` half the width of the cross; `lead` is
    the dotted line before a flag. Stages may be `numbered`, and may be `crossed` off by the deletion they lead to.
    """

    zero: float
    unit: float
    years: float
    width: float
    height: float
    thin: float
    thick: float
    radius: float
    lead: float
    start: float
    cross: float
    numbered: bool = False
    crossed: bool = False

    @property
    def middle(self) -> float:
        return self.height / 2

    @property
    def end(self) -> float:
        return self.zero + self.unit * self.years


@dataclass(frozen=True)
class Drawing:
    """What a template draws."""

    width: float
    height: float
    marks: list[Mark]
    figures: list[Figure]


def life(document: Document) -> Life:
    """Read a label's document. A value Graph may add later draws as the plainest shape."""
    duration = document.get("retentionDuration") or {}
    return Life(
        start=STARTS.get(document.get("retentionTrigger", ""), "disc"),
        bar=BARS.get(document.get("behaviorDuringRetentionPeriod", ""), "retain"),
        days=duration.get("days"),
        kept=bool(duration),
        action=document.get("actionAfterRetentionPeriod") or "none",
        stages=tuple(str(stage.get("name") or "") for stage in document.get("dispositionReviewStages") or ()),
        locked=document.get("defaultRecordBehavior") == "startLocked",
    )


def list_scale(years: float = 30) -> Scale:
    """For rows of a table: 28 px are ten years of thirty, with room for five review stages behind."""
    return Scale(
        zero=26,
        unit=84 / years,
        years=years,
        width=158,
        height=16,
        thin=3,
        thick=7,
        radius=3.3,
        lead=25,
        start=3.2,
        cross=3,
    )


def shared_scale(*lives: Life) -> Scale:
    """For before and after on a change: the longer of both plus two years over 200 px."""
    longest = max([one.years for one in lives if one.days is not None] or [10])
    years = ceil(round(longest, 1)) + 2
    return Scale(
        zero=40,
        unit=200 / years,
        years=years,
        width=364,
        height=26,
        thin=4,
        thick=8,
        radius=8,
        lead=37,
        start=4,
        cross=3.5,
        numbered=True,
        crossed=True,
    )


def draw(one: Life, scale: Scale, *, known_stages: int | None = None, was: Life | None = None) -> Drawing:
    """The drawing of one life. Stages beyond `known_stages` are new; time that only `was` had is a ghost."""
    new_from = len(one.stages) if known_stages is None else known_stages
    stop = _bar_end(one, scale)
    ending, figures, reach = _ending(one, scale, stop, new_from)
    marks = [*_start(one, scale), *_bar(one, scale, stop), *ending]
    if was is not None:
        marks += _ghost(was, one, scale, reach)
    return Drawing(scale.width, scale.height, marks, figures)


def _bar_end(one: Life, scale: Scale) -> float:
    if one.is_endless:
        return scale.end + (26 if not scale.numbered else 0)
    return scale.zero + scale.unit * min(one.years, scale.years)


def _start(one: Life, scale: Scale) -> list[Mark]:
    x, y, r = scale.zero - scale.start - 4, scale.middle, scale.start
    if one.start == "flag":
        top, foot = y - scale.thick * 0.9, y + scale.thick * 0.6
        size = scale.start * 1.5
        flag = f"M{x:g} {top:g}h{2 * size:g}l{-size / 2:g} {size / 2:g}l{size / 2:g} {size / 2:g}h{-2 * size:g}Z"
        return [
            Mark("lead", f"M{scale.zero - scale.lead:g} {y:g}H{x - 3:g}"),
            Mark("pole", f"M{x:g} {foot:g}V{top:g}"),
            Mark("start-flag", flag),
        ]
    if one.start == "square":
        return [Mark("start-disc", _box(x - r, y - r, 2 * r, 2 * r))]
    return [Mark(f"start-{one.start}", _circle(x, y, r if one.start == "disc" else r - 0.6))]


def _bar(one: Life, scale: Scale, stop: float) -> list[Mark]:
    if not one.kept:
        return []
    y = scale.middle
    if one.bar == "none":
        return [Mark("bar-none", f"M{scale.zero:g} {y:g}H{stop:g}")]
    height = scale.thin if one.bar == "retain" else scale.thick
    marks = [Mark(f"bar-{one.bar}", _box(scale.zero, y - height / 2, max(stop - scale.zero, 1.5), height))]
    if round(one.years, 1) > scale.years:
        marks += [Mark("gap", f"M{stop - back:g} {y + 5:g}l4 -10") for back in (12, 7)]
    return marks


def _ending(one: Life, scale: Scale, stop: float, new_from: int) -> tuple[list[Mark], list[Figure], float]:
    """What happens at the end, the numbers in it, and how far it reaches."""
    if not one.kept:
        return [], [], scale.zero
    if one.is_endless:
        return [Mark("end", f"M{stop + 2:g} {scale.middle - 4:g}l4 4l-4 4")], [], stop + 7
    if one.action == "startDispositionReview":
        return _stages(one, scale, stop, new_from)
    return [_last(one.action, scale, stop)], [], stop + 13


def _last(action: str, scale: Scale, stop: float) -> Mark:
    x, y = stop + 5, scale.middle
    r = scale.cross
    if action == "delete":
        return Mark("end", f"M{x:g} {y - r:g}l{2 * r:g} {2 * r:g}M{x + 2 * r:g} {y - r:g}l{-2 * r:g} {2 * r:g}")
    if action == "relabel":
        return Mark("end", f"M{stop + 1:g} {y:g}h9m-3 -3l3 3l-3 3")
    return Mark("end", f"M{stop + 4:g} {y - 4:g}v8")


def _stages(one: Life, scale: Scale, stop: float, new_from: int) -> tuple[list[Mark], list[Figure], float]:
    r, y = scale.radius, scale.middle
    step = 2 * r + max(3, r / 2)
    marks: list[Mark] = []
    figures: list[Figure] = []
    for index in range(len(one.stages)):
        x = stop + 4 + r + index * step
        fresh = "stage-new" if index >= new_from else "stage"
        marks.append(Mark(fresh, _circle(x, y, r)))
        if scale.numbered:
            figures.append(Figure(f"number-{fresh}", x, y + 4, str(index + 1)))
    reach = stop + 4 + len(one.stages) * step
    if scale.crossed:
        marks.append(_last("delete", scale, reach - 4))
        reach += 10
    return marks, figures, reach


def _ghost(was: Life, one: Life, scale: Scale, reach: float) -> list[Mark]:
    """The time taken away: dashes from where this life now ends to where it ended before."""
    if one.is_endless or not was.kept or (was.days is not None and was.years <= one.years):
        return []
    stop = _bar_end(was, scale)
    if stop - scale.zero - scale.unit * one.years < 2:
        return []
    y = scale.middle
    return [Mark("ghost", f"M{min(reach, stop):g} {y:g}H{stop:g}"), Mark("ghost-end", f"M{stop:g} {y - 4:g}v8")]


def grid(scale: Scale) -> list[Mark]:
    """A hairline at every figure of the axis, over the whole height and to the drawings above and below."""
    return [Mark("grid", f"M{x:g} -3V{scale.height + 3:g}") for x, _text in ticks(scale)]


def axis(scale: Scale) -> list[Figure]:
    """The figures under (or over) the drawing, and the word years behind the last."""
    places = ticks(scale)
    figures = [Figure("tick", x, 11, text) for x, text in places]
    behind = places[-1][0] + (12 if scale.numbered else 10)
    return [*figures, Figure("unit", behind, 11, _("years after start") if scale.numbered else _("years"))]


def ticks(scale: Scale) -> list[tuple[float, str]]:
    step = next(step for step in (1, 2, 5, 10, 20, 50) if scale.years / step <= (7 if scale.crossed else 3))
    return [(scale.zero + scale.unit * year, str(year)) for year in range(0, int(scale.years) + 1, step)]


def _circle(x: float, y: float, r: float) -> str:
    return f"M{x - r:g} {y:g}a{r:g} {r:g} 0 1 0 {2 * r:g} 0a{r:g} {r:g} 0 1 0 {-2 * r:g} 0Z"


def _box(x: float, y: float, width: float, height: float) -> str:
    return f"M{x:g} {y:g}h{width:g}v{height:g}h{-width:g}Z"


def words(document: Document) -> str:
    """What the drawing says, in one line: 3,650 days, 2 stages, deleted."""
    one = life(document)
    if not one.kept:
        return _("Not kept for a set time")
    if one.days is None:
        return _("Kept for ever")
    text = {
        "delete": _("%(period)s, deleted"),
        "relabel": _("%(period)s, then another label"),
        "startDispositionReview": ngettext(
            "%(period)s, %(count)d stage, deleted", "%(period)s, %(count)d stages, deleted", len(one.stages)
        ),
    }.get(one.action, _("%(period)s, then nothing"))
    return text % {"period": days_words(one.days), "count": len(one.stages)}


@dataclass(frozen=True)
class Point:
    """One entry of the upright life. `shape` is its marker, `bar` the line that leads on from it."""

    shape: str
    title: str
    note: str = ""
    bar: str = ""
    on: date | None = None
    number: int = 0

    @property
    def icon(self) -> str:
        """The shape of icons.py that ends a life; starts and stages are drawn by the stylesheet."""
        return {"cross": "cross", "arrow": "arrow-right", "upright": "upright", "chevron": "right"}.get(self.shape, "")


def upright(document: Document, start: date, event: str = "") -> list[Point]:
    """The life of an example item that starts on `start`, from top to bottom. `event` is what starts it."""
    one = life(document)
    end = _end_of(start, one.days)
    return [*_beginning(one, start, event), *_decisions(one, end), *_farewell(one, end)]


def _beginning(one: Life, start: date, event: str) -> list[Point]:
    note = {
        "record": _("%(period)s. Locked record.") if one.locked else _("%(period)s. Record."),
        "regulatory": _("%(period)s. Regulatory record."),
        "none": _("%(period)s. Not retained."),
    }.get(one.bar, _("%(period)s. Retained.")) % {"period": period_words(one.days)}
    point = Point(one.start, "", note if one.kept else "", one.bar if one.kept else "", on=start)
    if one.start != "flag":
        titles = {"disc": _("Created"), "ring": _("Last edited"), "square": _("Labelled")}
        return [replace(point, title=titles[one.start])]
    before = Point("disc", _("Created and labelled"), _("Kept without limit until the event"), "lead")
    return [before, replace(point, title=event or _("Event recorded"))]


def _decisions(one: Life, end: date | None) -> list[Point]:
    if one.action != "startDispositionReview" or one.days is None:
        return []
    return [
        Point("stage", name or _("Stage without a name"), bar="thread", number=n, on=end if n == 1 else None)
        for n, name in enumerate(one.stages, start=1)
    ]


def _farewell(one: Life, end: date | None) -> list[Point]:
    if one.is_endless:
        return [Point("chevron", _("Kept for ever"))]
    if not one.kept:
        return []
    last = {
        "delete": Point("cross", _("Deleted within 15 days"), on=end),
        "startDispositionReview": Point("cross", _("If all approve, deleted within 15 days")),
        "relabel": Point("arrow", _("Another label takes over"), on=end),
    }
    return [last.get(one.action, Point("upright", _("Nothing happens, the item stays"), on=end))]


def _end_of(start: date, days: int | None) -> date | None:
    """The day the period ends; None when it never does or lies beyond what a date can say."""
    try:
        return None if days is None else start + timedelta(days=days)
    except OverflowError:
        return None


def picture_scale() -> Scale:
    """For the picture beside the sign-in form: thirty years over 672 px."""
    return Scale(
        zero=75,
        unit=22.4,
        years=30,
        width=800,
        height=51,
        thin=5,
        thick=10,
        radius=7.5,
        lead=72,
        start=5,
        cross=5.5,
        crossed=True,
    )


SAMPLES = tuple(
    Life(start, bar, days, True, action, ("",) * stages)
    for start, bar, days, action, stages in [
        ("flag", "record", 3833, "startDispositionReview", 2),
        ("disc", "retain", 1643, "delete", 0),
        ("flag", "record", 5479, "startDispositionReview", 3),
        ("disc", "record", 2739, "delete", 0),
        ("ring", "none", 913, "delete", 0),
        ("disc", "regulatory", 6848, "startDispositionReview", 1),
        ("disc", "record", 2191, "delete", 0),
        ("flag", "record", 4565, "startDispositionReview", 2),
        ("disc", "retain", 1278, "delete", 0),
        ("disc", "record", 8674, "relabel", 0),
        ("flag", "record", 3287, "startDispositionReview", 1),
        ("disc", "retain", 2009, "delete", 0),
        ("flag", "regulatory", 6026, "startDispositionReview", 2),
        ("disc", "record", 2739, "delete", 0),
        ("flag", "record", 4200, "startDispositionReview", 2),
        ("square", "retain", 1096, "delete", 0),
    ]
)
