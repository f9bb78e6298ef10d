from collections.abc import Iterator
from typing import Any

import pytest

from portal.graph.client import Client
from portal.graph.errors import GraphError, Rejected, UnsafeLink
from portal.mirror import kinds
from portal.mirror.kinds import Incomplete, Kind
from portal.mirror.listing import address, fetch, listing, parent_of, path_of
from portal.sandbox.server import Sandbox
from portal.tenants import clock

pytestmark = pytest.mark.django_db  # the clock is the database's
LABELS = {"method": "GET", "path": "retentionLabels$"}
ONE_LABEL = {"method": "GET", "path": "retentionLabels/[^/]+$"}


@pytest.fixture
def graph(sandbox: Sandbox) -> Client:
    return Client(sandbox.root, token=lambda: "sandbox")


@pytest.fixture
def strict() -> Iterator[Sandbox]:
    """Refuses to expand two navigation properties at once (contract question 7)."""
    with Sandbox(seed_labels=13, page_size=3) as served:
        yield served


@pytest.fixture
def label() -> Kind:
    return kinds.of("retentionLabel")


def label_id(sandbox: Sandbox, number: int = 0) -> str:
    return str(sandbox.state()["retentionLabels"][number]["id"])


def read(client: Client, kind: Kind) -> dict[str, dict[str, Any]]:
    return {seen.raw["id"]: seen.raw for seen in listing(client, kind)}


def gets(sandbox: Sandbox) -> list[str]:
    return [f"{one['path']} {one['status']}" for one in sandbox.journal()]


def test_listing_is_whole_and_says_when_each_page_was_asked_for(graph: Client, label: Kind, sandbox: Sandbox) -> None:
    began = clock.now()

    seen = list(listing(graph, label))

    assert {one.raw["id"] for one in seen} == {one["id"] for one in sandbox.state()["retentionLabels"]}
    assert all({"descriptors", "retentionEventType", "dispositionReviewStages"} <= one.raw.keys() for one in seen)
    assert began <= seen[0].asked_at <= seen[-1].asked_at <= clock.now()


def test_listing_reads_each_option_where_they_cannot_be_joined(graph: Client, label: Kind, strict: Sandbox) -> None:
    joined = read(graph, label)

    apart = read(Client(strict.root, token=lambda: "sandbox"), label)

    assert [label.document(raw) for raw in apart.values()] == [label.document(joined[key]) for key in apart]
    assert gets(strict)[0].endswith(" 400")


def test_listing_in_two_readings_is_as_old_as_the_older(label: Kind, strict: Sandbox) -> None:
    strict.faults([LABELS | {"contains": "expand=descriptors", "effect": "latency", "ms": 20}])
    client = Client(strict.root, token=lambda: "sandbox")

    ages = [seen.asked_at for seen in listing(client, label)]

    assert ages == sorted(ages)
    assert len(set(ages)) == 5
    assert (clock.now() - ages[-1]).total_seconds() > 0.1


def test_listing_in_two_readings_uses_what_both_hold(label: Kind, strict: Sandbox) -> None:
    """One that was made in between is seen by the next run; it is never half an object."""
    client = Client(strict.root, token=lambda: "sandbox")
    last = strict.state()["retentionLabels"][-1]
    strict.faults([LABELS | {"contains": "retentionEventType", "effect": "without", "property": "id", "nth": 6}])

    found = {seen.raw.get("id") for seen in listing(client, label)}

    assert last["id"] not in found


def test_listing_does_not_take_another_refusal_for_a_hint(graph: Client, label: Kind, sandbox: Sandbox) -> None:
    sandbox.faults([LABELS | {"effect": "status", "status": 403}])

    with pytest.raises(Rejected):
        list(listing(graph, label))

    assert len(gets(sandbox)) == 1


@pytest.mark.parametrize("nth", [1, 2, 5])
def test_listing_ends_by_itself_or_raises(graph: Client, label: Kind, sandbox: Sandbox, nth: int) -> None:
    sandbox.faults([LABELS | {"nth": nth, "effect": "status", "status": 500}])

    with pytest.raises(GraphError):
        list(listing(graph, label))


def test_listing_reads_stages_that_were_left_out(graph: Client, label: Kind, sandbox: Sandbox) -> None:
    whole = read(graph, label)
    sandbox.faults([LABELS | {"effect": "stages_omitted"}])

    pieced = read(graph, label)

    assert {key: label.document(raw) for key, raw in pieced.items()} == {
        key: label.document(raw) for key, raw in whole.items()
    }
    assert any(raw["dispositionReviewStages"] for raw in pieced.values())


def test_listing_remembers_what_an_object_lives_in(graph: Client, sandbox: Sandbox) -> None:
    category = sandbox.state()["categories"][0]

    seen = list(listing(graph, kinds.of("subcategory"), parent=parent_of(category)))

    assert seen
    assert all(one.raw["@parent"] == {"id": category["id"], "displayName": category["displayName"]} for one in seen)


@pytest.mark.parametrize("raw", [{"id": "1"}, {"displayName": "Leases"}, {"id": "", "displayName": "Leases"}])
def test_parent_of_needs_id_and_name(raw: dict[str, Any]) -> None:
    with pytest.raises(Incomplete):
        parent_of(raw)


def test_fetch_equals_the_listing(graph: Client, label: Kind) -> None:
    for graph_id, raw in read(graph, label).items():
        assert label.document(fetch(graph, label, graph_id)) == label.document(raw)


def test_fetch_reads_each_option_where_they_cannot_be_joined(label: Kind, strict: Sandbox) -> None:
    client = Client(strict.root, token=lambda: "sandbox")

    raw = fetch(client, label, label_id(strict))

    assert label.document(raw)["displayName"] == strict.state()["retentionLabels"][0]["displayName"]


def test_fetch_does_not_ask_again_for_what_was_refused(label: Kind, strict: Sandbox) -> None:
    client = Client(strict.root, token=lambda: "sandbox")

    for number in range(3):
        fetch(client, label, label_id(strict, number))
    read(client, label)

    assert [one["status"] for one in strict.journal()].count(400) == 1


def test_fetch_takes_no_other_refusal_for_that(label: Kind, graph: Client, sandbox: Sandbox) -> None:
    sandbox.faults([ONE_LABEL | {"effect": "status", "status": 400}])
    with pytest.raises(Rejected):
        fetch(graph, label, label_id(sandbox))
    sandbox.faults([])
    before = len(gets(sandbox))

    fetch(graph, label, label_id(sandbox))

    assert len(gets(sandbox)) == before + 1


def test_fetch_says_when_it_is_gone(graph: Client, label: Kind) -> None:
    with pytest.raises(Rejected) as refused:
        fetch(graph, label, "0b1f9e3a-0000-0000-0000-000000000000")

    assert refused.value.gone


def test_fetch_never_takes_a_missing_part_for_a_missing_object(graph: Client, label: Kind, sandbox: Sandbox) -> None:
    """A deletion would be confirmed, or an update given up, for an object that is there."""
    sandbox.faults(
        [
            ONE_LABEL | {"effect": "without", "property": "dispositionReviewStages"},
            {"method": "GET", "path": "dispositionReviewStages", "effect": "status", "status": 404},
        ]
    )

    with pytest.raises(Incomplete):
        fetch(graph, label, label_id(sandbox))


def test_fetch_lets_no_id_climb(graph: Client, label: Kind, sandbox: Sandbox) -> None:
    with pytest.raises(UnsafeLink):
        fetch(graph, label, "..")

    assert gets(sandbox) == []


def test_address_writes_any_id_as_one_step() -> None:
    assert address("security/labels/citations", "a/b?c#d'é") == "security/labels/citations/a%2Fb%3Fc%23d%27%C3%A9"


def test_path_of_puts_the_parent_in_its_place() -> None:
    path = path_of(kinds.of("subcategory"), {"id": "a/b", "displayName": "Leases"})

    assert path == "security/labels/categories/a%2Fb/subcategories"
