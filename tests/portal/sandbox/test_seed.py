import re
from datetime import UTC, datetime, timedelta

from portal.sandbox import happened, propagation, rules, seed
from portal.sandbox.server import Sandbox
from portal.sandbox.store import Store


def test_seed_labels_keep_every_rule():
    store = Store(seed.objects(60))

    labels = store.everything("retentionLabels")

    assert len({label["displayName"].casefold() for label in labels}) == 60
    for label in labels:
        rules.check_plain_name(label["displayName"])
        rules.check_descriptions(label)
        rules.check_label(label, store)
        assert re.fullmatch(r"[A-Za-z0-9 -]+", label["displayName"])  # VR-04


def test_seed_has_something_of_everything():
    labels = seed.objects(60)["retentionLabels"].values()

    assert {label["behaviorDuringRetentionPeriod"] for label in labels} == set(seed.BEHAVIORS.values())
    assert {label["retentionTrigger"] for label in labels} == {*seed.TRIGGERS.values(), None}
    assert {label["actionAfterRetentionPeriod"] for label in labels} == set(seed.ACTIONS.values())
    assert {label["isInUse"] for label in labels} == {True, False}
    assert {len(label["dispositionReviewStages"]) for label in labels} == {0, 1, 2, 3}


def test_seed_is_the_same_every_time():
    assert seed.objects(60) == seed.objects(60)


def test_seed_goes_on_with_a_numbered_series():
    labels = [label["displayName"] for label in seed.objects(62)["retentionLabels"].values()]

    assert labels[60:] == ["PRJ Project file series 0061", "PRJ Project file series 0062"]


def test_seed_of_none_is_an_empty_tenant():
    assert not any(seed.objects(0).values())


def test_seed_links_descriptors_to_their_templates():
    tenant = seed.objects(60)

    for label in tenant["retentionLabels"].values():
        for name, template in label["_templates"].items():
            named = tenant[seed.BOUND_SETS[name]][template]["displayName"]
            assert label["descriptors"][name]["displayName"] == named


TODAY = datetime(2026, 11, 28, 17, 0, tzinfo=UTC)


def seeded_events():
    types = seed.objects(60)["retentionEventTypes"].values()
    return happened.events(types, today=TODAY).values()


def test_seed_events_keep_every_rule():
    for event in seeded_events():
        rules.check_plain_name(event["displayName"])
        rules.check_queries(event["eventQueries"], may_lack=False)
        assert re.fullmatch(r"[A-Za-z0-9 -]+", event["displayName"])
        assert event["eventTriggerDateTime"] < event["createdDateTime"]
        assert event["_since"] in (propagation.NEVER, max(event["_since"], event["createdDateTime"]))
        assert event["_since"] < f"{TODAY:%Y-%m-%dT%H:%M:%SZ}"


def test_seed_events_stand_at_every_step_and_those_under_way_are_young():
    found = list(seeded_events())

    assert {event["_step"] for event in found} == set(propagation.STEPS)
    week_ago = f"{TODAY - timedelta(days=7):%Y-%m-%dT%H:%M:%SZ}"
    under_way = [event for event in found if event["_step"] in ("fresh", "inProcessing", "early")]
    assert all(event["createdDateTime"] > week_ago for event in under_way)


def test_seed_events_leave_a_type_that_labels_wait_on_quiet_for_a_year():
    tenant = seed.objects(60)
    year_ago = f"{TODAY - timedelta(days=365):%Y-%m-%dT%H:%M:%SZ}"
    last = {}
    for event in seeded_events():
        last[event["_eventType"]] = max(last.get(event["_eventType"], ""), event["createdDateTime"])

    waited_on = {label["_eventType"] for label in tenant["retentionLabels"].values() if label["_eventType"]}
    quiet = {tenant["retentionEventTypes"][one]["displayName"] for one, at in last.items() if at < year_ago}
    assert quiet == {"Case closed", "Product withdrawn"}
    assert waited_on & {one for one, at in last.items() if at >= year_ago}


def test_events_are_seeded_only_where_somebody_asks_for_them():
    plain, told, empty = Sandbox(), Sandbox(seed_events=True), Sandbox(seed_events=True, seed_labels=0)

    counts = [len(one.state()["retentionEvents"]) for one in (plain, told, empty)]
    told.reset()

    assert counts == [0, len(happened.HAPPENED), 0]
    assert len(told.state()["retentionEvents"]) == len(happened.HAPPENED)
    for one in (plain, told, empty):
        one.stop()
