import re

from portal.sandbox import rules, seed
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
