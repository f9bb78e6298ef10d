import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.audit import canonical

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
KEYS = st.text(st.characters(max_codepoint=127, exclude_characters="\0"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda values: st.lists(values, max_size=4) | st.dictionaries(KEYS, values, max_size=4),
    max_leaves=12,
)


def test_dumps_writes_the_bytes_of_the_rules():
    assert canonical.dumps({"b": [1, True, None], "a": "é\n"}) == '{"a":"é\\n","b":[1,true,null]}'


@given(st.dictionaries(KEYS, VALUES))
def test_dumps_does_not_depend_on_the_order_of_keys(value):
    turned = dict(reversed(value.items()))

    assert canonical.dumps(turned) == canonical.dumps(value)


@given(VALUES)
def test_dumps_is_the_same_after_a_round_trip(value):
    once = canonical.dumps(value)

    assert canonical.dumps(json.loads(once)) == once


@given(TEXT)
def test_dumps_writes_one_form_of_a_text(text):
    composed = canonical.dumps(unicodedata.normalize("NFC", text))

    assert canonical.dumps(unicodedata.normalize("NFD", text)) == composed


@given(VALUES)
def test_dumps_can_be_stored_as_utf8(value):
    assert canonical.dumps(value).encode().decode() == canonical.dumps(value)


@given(st.floats())
def test_dumps_refuses_floats(number):
    with pytest.raises(canonical.Uncanonical):
        canonical.dumps({"days": [number]})


@given(TEXT, st.sampled_from(["\0", "\ud800", "\udfff"]), TEXT)
def test_dumps_refuses_what_cannot_be_stored(before, character, after):
    with pytest.raises(canonical.Uncanonical):
        canonical.dumps([before + character + after])


@pytest.mark.parametrize("key", ["größe", "a\0b", 1, None])
def test_dumps_refuses_names_that_are_not_plain(key):
    with pytest.raises(canonical.Uncanonical):
        canonical.dumps({key: 1})


@pytest.mark.parametrize("value", [b"bytes", {1, 2}, object()])
def test_dumps_refuses_what_json_does_not_know(value):
    with pytest.raises(canonical.Uncanonical):
        canonical.dumps(value)


def test_sha256_is_the_published_hash_of_the_bytes():
    assert canonical.sha256({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
