from portal.history import verbs


def test_every_verb_belongs_to_one_group():
    beginnings = [start for _words, starts in verbs.GROUPS.values() for start in starts]

    found = [sum(verb.startswith(start) for start in beginnings) for verb in verbs.VERBS]

    assert found == [1] * len(verbs.VERBS)


def test_what_is_signed_has_words():
    assert verbs.VERBS.keys() >= verbs.SIGNED
