"""Rules read whatever a form, a file or Graph puts into a document."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from labels import words
from labels.document import blank, references
from labels.rules import check, check_descriptor
from portal.mirror.kinds import Action, Document, Level, Proposal
from tests.labels.builders import (
    all_findings,
    create,
    followed,
    in_days,
    known,
    known_label,
    make_label,
    make_plan,
    on_event,
    reviewed,
    stage,
    update,
)

texts = st.text(st.characters(), max_size=80)  # with lone surrogates and U+0000
anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
stages = st.lists(
    anything
    | st.fixed_dictionaries(
        {"stageNumber": anything, "name": anything, "reviewersEmailAddresses": anything | st.lists(anything)}
    )
)
settings = {
    "behaviorDuringRetentionPeriod": ["retain", "retainAsRecord", "retainAsRegulatoryRecord", "doNotRetain"],
    "actionAfterRetentionPeriod": ["none", "delete", "startDispositionReview", "relabel"],
    "retentionTrigger": ["dateCreated", "dateLabeled", "dateOfEvent"],
    "labelToBeApplied": ["FIN Invoices 10y", "Circle"],
}
documents = st.fixed_dictionaries(
    {},
    optional={name: anything | st.sampled_from(settings[name]) if name in settings else anything for name in blank()}
    | {
        "dispositionReviewStages": anything | stages,
        "retentionDuration": anything | anything.map(in_days),
        "descriptors": anything | st.dictionaries(st.sampled_from(["authority", "subcategory", "category"]), anything),
        "citationUrl": anything | texts.map("http://{}".format),
        "category": anything,
    },
)
PLAN = make_plan(
    known("subcategory", "Contracts", category="Personnel"),
    known("citation", "Code"),
    known_label(make_label()),
    known_label(followed("FIN Invoices 10y", displayName="Circle")),
    known_label(reviewed(stage(1, "HR", "hr@contoso.com"), displayName="Reviewed")),
    domains=("contoso.com",),
)


@given(st.sampled_from(list(Action)), documents, documents, st.booleans())
def test_check_takes_any_label(action: Action, base: Document, after: Document, in_use: bool) -> None:
    change = Proposal(
        "retentionLabel",
        action,
        None if action == Action.CREATE else base,
        None if action == Action.DELETE else after,
        in_use,
    )

    assert all(finding.message for finding in check(change, PLAN))


@given(
    st.sampled_from(["authority", "category", "subcategory", "citation", "department", "filePlanReference"]),
    st.booleans(),
    documents,
)
def test_check_takes_any_descriptor(kind: str, creates: bool, document: Document) -> None:
    action = Action.CREATE if creates else Action.DELETE
    change = Proposal(kind, action, None if creates else document, document if creates else None)

    assert all(finding.message for finding in check_descriptor(change, PLAN))


@given(documents)
def test_words_and_references_take_any_label(document: Document) -> None:
    assert all(line.text or line.path.startswith("dispositionReviewStages.") for line in words.lines(document))
    assert all(reference.name for reference in references(document))


@given(documents)
def test_a_label_made_elsewhere_stays_editable(odd: Document) -> None:
    base = {**blank(), **odd, "displayName": "Made elsewhere", "descriptionForAdmins": ""}
    storable = [finding for finding in all_findings(create(base)) if finding.rule == "VR-05"]

    levels = {finding.level for finding in all_findings(update(base, descriptionForAdmins="New"), PLAN)}

    assert storable or levels <= {Level.WARN}


@given(documents)
def test_adopting_never_asks_for_anything(odd: Document) -> None:
    change = Proposal("retentionLabel", Action.ADOPT, make_label(), odd)

    assert {finding.level for finding in check(change, PLAN)} <= {Level.WARN}
    assert not any(finding.two_approvers for finding in check(change, PLAN))


def test_levels_that_make_a_request_irreversible() -> None:
    wanted = on_event(behaviorDuringRetentionPeriod="retainAsRegulatoryRecord")

    assert [finding.rule for finding in all_findings(create(wanted)) if finding.two_approvers] == ["VR-38", "VR-43"]
