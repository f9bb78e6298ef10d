from portal.changes.impact import impact, room
from portal.changes.objects import objects_of
from tests.changing import create, delete, drafted, lasting, mirrored, shorter, stage, update
from tests.happening import created, event


def answer(tenant, request, *in_use):
    objects = objects_of(request.changes.all())
    return impact(tenant, objects, {changed.key for changed in objects if changed.name in in_use})


def test_room_counts_labels_and_different_reviewers(tenant):
    stages = [stage(1, "HR", "a@x.test", "B@x.test"), stage(2, "Legal", "b@x.test ")]
    mirrored(tenant, "One", dispositionReviewStages=stages)
    mirrored(tenant, "Two")

    assert (room(tenant).labels, room(tenant).reviewers) == (2, 2)


def test_room_follows_what_is_proposed(tenant, author):
    gone = mirrored(tenant, "One")
    request = drafted(tenant, author, delete(gone), create("Two"), create("Three"))

    assert answer(tenant, request).room_words == "2 of 1,000 labels, 0 of 200 different reviewers."


def test_impact_names_what_is_in_use(tenant, author):
    row = mirrored(tenant, "Invoices")
    request = drafted(tenant, author, update(row, descriptionForUsers="Kept."))

    assert answer(tenant, request, "Invoices").items == "“Invoices” is in use. Purview does not tell how many items."
    assert answer(tenant, request).items == "Purview says that no item carries these labels."


def test_impact_of_a_new_label_touches_no_item(tenant, author):
    told = answer(tenant, drafted(tenant, author, create("Invoices")))

    assert (told.items, told.publish) == ("Nothing carries a new label yet.", ["Invoices"])


def test_impact_of_a_shorter_period(tenant, author):
    row = mirrored(tenant, "Invoices", days=1827)
    request = drafted(tenant, author, shorter(row, 1096))

    assert answer(tenant, request, "Invoices").deletable == [
        "“Invoices”: items whose period has lasted 3 years, 1,096 days or longer."
    ]


def test_impact_of_a_longer_period_makes_nothing_deletable(tenant, author):
    row = mirrored(tenant, "Invoices")
    request = drafted(tenant, author, update(row, retentionDuration=lasting(3650)))

    assert answer(tenant, request, "Invoices").deletable == []


def test_impact_of_a_deletion_in_use(tenant, author):
    row = mirrored(tenant, "Invoices")

    assert answer(tenant, drafted(tenant, author, delete(row)), "Invoices").deletable == [
        "“Invoices”: everything that carries it loses its retention."
    ]


def test_impact_of_an_event_is_that_periods_begin(tenant, author):
    told = answer(tenant, drafted(tenant, author, created(event())))

    assert told.items == "The period of what is found begins. Purview does not tell how many items that are."
    assert told.deletable == ["“Departure 4711”: what it finds, as soon as the period of its label is over."]
