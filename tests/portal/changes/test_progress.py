import pytest

from portal.changes.models import Carrier, Change, Push, Why
from portal.changes.progress import Progress, marks


def progress(*pushes):
    return Progress(tuple(Change(push=push, why=Why.REJECTED if push == Push.STOPPED else Why.NONE) for push in pushes))


@pytest.mark.parametrize(
    ("pushes", "value", "word"),
    [
        (["ready", "ready"], "applying", "Being sent"),
        (["done", "unsure"], "applying", "Being sent"),
        (["done", "done"], "applied", "Applied"),
        (["done", "cancelled"], "applied", "Applied in part"),
        (["cancelled"], "withdrawn", "Given up"),
        (["done", "person"], "person", "Waits for a step by hand"),
        (["stopped"], "failed", "Stopped"),
        (["stopped", "done", "ready"], "failed", "Failed in part"),
    ],
)
def test_standing_follows_from_the_changes(pushes, value, word):
    standing = progress(*map(Push, pushes)).standing

    assert (standing.value, standing.word) == (value, word)


def test_sentences_say_what_is_the_case():
    assert progress(Push.DONE, Push.DONE, Push.STOPPED, Push.PERSON, Push.CANCELLED).sentences == [
        "2 of 5 confirmed.",
        "1 needs a person.",
        "1 is done by hand in Purview.",
        "1 was given up.",
    ]


@pytest.mark.parametrize(
    ("push", "why", "words"),
    [
        (Push.READY, "", ["Waiting", "Read back", "Confirmed"]),
        (Push.SENDING, "", ["Sending", "Read back", "Confirmed"]),
        (Push.UNSURE, "", ["Outcome unknown", "Read back", "Confirmed"]),
        (Push.SENT, "", ["Sent", "Read back", "Confirmed"]),
        (Push.DONE, "", ["Sent", "Read back", "Confirmed"]),
        (Push.STOPPED, "rejected", ["Refused by Purview", "Read back", "Confirmed"]),
        (Push.STOPPED, "duplicate", ["Twin found", "Read back", "Confirmed"]),
        (Push.PERSON, "", ["By hand"]),
        (Push.CANCELLED, "", ["Given up"]),
    ],
)
def test_marks_name_the_stations(push, why, words):
    assert [mark.word for mark in marks(Change(push=push, why=why))] == words


def test_marks_of_a_finished_step_by_hand():
    assert [mark.word for mark in marks(Change(push=Push.DONE, carried_by=Carrier.PERSON))] == ["Seen in Purview"]


def test_can_retry_only_what_did_not_meet_a_changed_tenant():
    assert progress(Push.STOPPED).can_retry
    assert not Progress((Change(push=Push.STOPPED, why=Why.DRIFTED),)).can_retry
