import pytest

from portal.changes.models import Push, State, Why
from portal.mirror.kinds import Level
from portal.mirror.models import RunState
from portal.web import states
from portal.web.icons import ICONS
from portal.web.templatetags import fileplan

UNKNOWN = states.look_of("push", "something Graph adds later")


def test_look_of_an_unknown_state_is_a_question():
    assert UNKNOWN.icon == "ring-question"
    assert UNKNOWN.tone == "quiet"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *[("change", state.value) for state in State],
        *[("push", push.value) for push in Push if push.value and push != Push.STOPPED],
        *[("push", why.value) for why in Why if why.value],
        *[("run", state.value) for state in RunState],
        *[("finding", level.value) for level in Level],
    ],
)
def test_every_state_has_a_shape_and_a_tone(kind, value):
    assert states.look_of(kind, value) != UNKNOWN


def test_every_look_has_its_icon():
    assert {look.icon for looks in states._LOOKS.values() for look in looks.values()} <= set(ICONS)


def test_shapes_of_one_kind_differ_without_colour():
    for kind in ("label", "change", "finding"):
        shapes = [look.icon for look in states._LOOKS[kind].values()]
        assert len(shapes) == len(set(shapes))


def test_icon_refuses_a_name_it_has_not():
    with pytest.raises(KeyError):
        fileplan.icon("sparkles")
