"""Disposition stages as a collection of their own; writing them one by one is a choice (contract section 3.2)."""

from portal.sandbox import rules, schema
from portal.sandbox.calls import Call
from portal.sandbox.errors import no_such_verb, not_found
from portal.sandbox.labels import LABELS
from portal.sandbox.messages import Answer, Json


def list_all(call: Call) -> Answer:
    return call.collection(call.store.get(LABELS, call.ids[0])["dispositionReviewStages"])


def get(call: Call) -> Answer:
    return call.entity(_stage(call))


def create(call: Call) -> Answer:
    label, body = _opened(call)
    return _store(label, [*label["dispositionReviewStages"], body], body, call, status=201)


def update(call: Call) -> Answer:
    label, body = _opened(call)
    old = _stage(call)
    stages = [{**stage, **body} if stage == old else stage for stage in label["dispositionReviewStages"]]
    return _store(label, stages, old | body, call)


def delete(call: Call) -> Answer:
    """Never: a stage cannot be removed (VR-27)."""
    raise no_such_verb(call.request.method)


def _opened(call: Call) -> tuple[Json, Json]:
    if not call.options.stage_writes:
        raise no_such_verb(call.request.method)
    label = call.store.get(LABELS, call.ids[0])
    body = schema.read_body(call.request)
    schema.check_members(body, schema.STAGE, "dispositionReviewStage")
    return label, body


def _stage(call: Call) -> Json:
    label, number = call.store.get(LABELS, call.ids[0]), call.ids[1]
    for stage in label["dispositionReviewStages"]:
        if stage["stageNumber"] == number:
            return dict(stage)
    raise not_found(number)


def _store(label: Json, stages: list[Json], body: Json, call: Call, *, status: int = 200) -> Answer:
    after = {**label, "dispositionReviewStages": stages}
    rules.check_label(after, call.store)
    rules.check_change(label, after)
    label.update({"dispositionReviewStages": stages} | call.edit_stamps())
    call.accept(label, body)
    return call.entity(body, status=status)
