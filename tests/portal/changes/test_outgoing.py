import json

from portal.changes.models import Carrier
from portal.changes.outgoing import outgoing
from tests.changing import create, delete, drafted, lasting, mirrored, update


def sent(request):
    return [outgoing(part) for part in request.changes.all()]


def test_outgoing_of_an_update_holds_only_what_is_set(tenant, author):
    row = mirrored(tenant, "Invoices")

    [one] = sent(drafted(tenant, author, update(row, retentionDuration=lasting(3650))))

    assert (one.method, one.path) == ("PATCH", f"security/labels/retentionLabels/{row.graph_id}")
    assert json.loads(one.body) == {"retentionDuration": lasting(3650)}


def test_outgoing_of_a_creation_names_what_it_refers_to(tenant, author):
    wanted = create("Files", retentionTrigger="dateOfEvent", retentionEventType="Case closed")

    [one] = sent(drafted(tenant, author, wanted))

    assert one.method == "POST"
    assert json.loads(one.body)["retentionEventType@odata.bind"] == "<address of the event type “Case closed”>"


def test_outgoing_of_a_deletion_has_no_body(tenant, author):
    row = mirrored(tenant, "Invoices")

    [one] = sent(drafted(tenant, author, delete(row)))

    assert (one.method, one.path, one.body) == ("DELETE", f"security/labels/retentionLabels/{row.graph_id}", "")


def test_outgoing_of_a_manual_step_is_nothing(tenant, author):
    row = mirrored(tenant, "Invoices")
    described = {**row.document["descriptors"], "authority": "Legal"}

    request = drafted(tenant, author, update(row, descriptors=described))

    assert [part.carried_by for part in request.changes.all()] == [Carrier.PERSON]
    assert sent(request) == [None]
