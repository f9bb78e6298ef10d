"""Which words went and which came between two texts."""

import re
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

Mark = Literal["same", "removed", "added"]
WORD = re.compile(r"(\w(?:\S*\w)?|[^\w\s]+)(\s*)|\s+")


class Piece(NamedTuple):
    """A run of text and whether it stands in both, only before, or only after."""

    mark: Mark
    text: str


def _words(text: str) -> list[tuple[str, str]]:
    """Each word with the spaces behind it; figures and addresses are one word, punctuation at an end is its own."""
    return [(match[1] or "", match[2] or "" if match[1] else match[0]) for match in WORD.finditer(text)]


def pieces(before: str, after: str) -> list[Piece]:
    """The two texts as one run of pieces; those of `before` are same or removed, those of `after` same or added.

    In texts of more than 200 words, words that come again and again are not sought one by one: that takes for ever.
    """
    old, new = _words(before), _words(after)
    matcher = SequenceMatcher(None, [word for word, _ in old], [word for word, _ in new])
    found: list[Piece] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            found.append(Piece("same", _joined(new[j1:j2])))
        else:
            found += [Piece("removed", _joined(old[i1:i2])), Piece("added", _joined(new[j1:j2]))]
    return [piece for piece in found if piece.text]


def side(before: str, after: str, mark: Mark) -> list[Piece]:
    """One column of a difference: `removed` for the text before, `added` for the text after, each spaced as it was."""
    shown, other = (before, after) if mark == "removed" else (after, before)
    found = pieces(other, shown)
    return [Piece(mark if piece.mark == "added" else "same", piece.text) for piece in found if piece.mark != "removed"]


def _joined(words: list[tuple[str, str]]) -> str:
    return "".join(word + space for word, space in words)
