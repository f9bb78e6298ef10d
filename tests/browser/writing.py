"""Writing a label as an author types it, with JavaScript and without."""

from dataclasses import dataclass, field

from playwright.sync_api import expect

from tests.browser.person import Somebody


@dataclass(frozen=True)
class Series:
    """One row of a retention schedule, as it is typed into the form."""

    name: str
    keep: str
    then: str
    counted_from: str
    period: str = ""
    unit: str = "years"
    event_type: str = ""
    next_label: str = ""
    stages: tuple[tuple[str, tuple[str, ...]], ...] = ()
    descriptors: dict[str, str] = field(default_factory=dict)
    note: str = ""
    reason: str = "The schedule of 2026 lists this series."


def write(author: Somebody, series: Series) -> None:
    """Fill in the form of a new label; what depends on a choice appears with it."""
    page = author.page
    page.get_by_label("Label name").fill(series.name)
    page.get_by_label("Note for administrators").fill(series.note)
    _choose(author, "behaviorDuringRetentionPeriod", series.keep)
    page.locator("[name=retentionDurationUnit]").select_option(series.unit)
    if series.period:
        page.locator("[name=retentionDuration]").fill(series.period)
    _choose(author, "retentionTrigger", series.counted_from)
    _choose(author, "actionAfterRetentionPeriod", series.then)
    _fill(author, "retentionEventType", series.event_type)
    _fill(author, "labelToBeApplied", series.next_label)
    for number, (name, reviewers) in enumerate(series.stages, start=1):
        add_stage(author, number, name, reviewers)
    for part, value in series.descriptors.items():
        _fill(author, part, value)
    page.get_by_label("Reason for this change").fill(series.reason)


def add_stage(author: Somebody, number: int, name: str, reviewers: tuple[str, ...]) -> None:
    """Fill in a stage's card; the first comes with the choice of a review, the others with “Add stage”."""
    card, button = (
        author.page.locator(f"#stage-{number}"),
        author.page.get_by_role("button", name=f"Add stage {number}"),
    )
    card.or_(button).first.wait_for()
    if button.count():
        button.click()
    expect(card).to_be_visible()
    card.get_by_label("Stage name").fill(name)
    if author.javascript:
        box = card.locator(".chips-input")
        for reviewer in reviewers:
            box.fill(reviewer)
            box.press("Enter")
    else:
        card.locator("textarea").fill("\n".join(reviewers))


def confirm_all(author: Somebody) -> None:
    """Tick every “I understand. Record this with my name.”"""
    for box in author.page.get_by_role("checkbox", name="I understand. Record this with my name.").all():
        box.check()


def _choose(author: Somebody, name: str, value: str) -> None:
    author.page.locator(f"[name={name}][value={value}]").check()


def _fill(author: Somebody, name: str, value: str) -> None:
    if value:
        author.page.locator(f"[name={name}]").fill(value)
