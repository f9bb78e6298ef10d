"""Which words went and which came between two texts."""

import re
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

Mark = Literal["same", "removed", "added"]


class Piece(NamedTuple):
    """A run of text and whether it stands in both, only before, or only after."""

    mark: Mark
    text: str


def _words(text: str) -> list[str]:
    """Words with the spaces that follow kept apart, so that joining them gives the text again."""
    return re.findall(r"\s+|[^\W_]+|[^\w\s]|_", text)


def pieces(before: str, after: str) -> list[Piece]:
    """The two texts as one run of pieces; those of `before` are same or removed, those of `after` same or added."""
    old, new = _words(before), _words(after)
    found: list[Piece] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("same", "".join(old[i1:i2])))
            continue
        if i1 != i2:
            found.append(Piece("removed", "".join(old[i1:i2])))
        if j1 != j2:
            found.append(Piece("added", "".join(new[j1:j2])))
    return found


def side(before: str, after: str, mark: Mark) -> list[Piece]:
    """One column of a difference: `removed` for the text before, `added` for the text after."""
    return [piece for piece in pieces(before, after) if piece.mark in {"same", mark}]
