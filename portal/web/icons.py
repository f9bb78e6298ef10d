# ruff: noqa: E501  (a path is one piece of data)
"""Our own small set of shapes, drawn in a 16 px square with strokes of 1.5 px (look.md, "States")."""

from typing import NamedTuple


class Stroke(NamedTuple):
    """One path. `paint` is a class of base.css: line, dashed, solid (filled and stroked), fill, or cut."""

    d: str
    paint: str = "line"


_RING = "M2.5 8a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0Z"
_DISC = "M1.75 8a6.25 6.25 0 1 0 12.5 0a6.25 6.25 0 1 0-12.5 0Z"
_OCTAGON = "M5.5 2h5L14 5.5v5L10.5 14h-5L2 10.5v-5Z"
_CHECK = "M5.4 8.2l1.8 1.8l3.4-3.8"
_CROSS = "M6 6l4 4M10 6l-4 4"

ICONS: dict[str, tuple[Stroke, ...]] = {
    # states
    "dot": (Stroke("M5 8a3 3 0 1 0 6 0a3 3 0 1 0-6 0Z", "fill"),),
    "ring-dashed": (Stroke(_RING, "dashed"),),
    "seal-open": (Stroke(_DISC, "dashed"),),
    "half": (Stroke(_RING), Stroke("M8 4.6a3.4 3.4 0 0 1 0 6.8Z", "fill")),
    "ring-check": (Stroke(_RING), Stroke(_CHECK)),
    "disc-check": (Stroke(_DISC, "fill"), Stroke(_CHECK, "cut")),
    "arc": (Stroke("M8 2.5a5.5 5.5 0 1 1-5.5 5.5"), Stroke("M4 4.2a5.4 5.4 0 0 1 .9-.8", "line")),
    "returned": (Stroke("M5.5 3L2.5 6l3 3"), Stroke("M2.8 6h6.4a3.4 3.4 0 0 1 0 6.8H6")),
    "octagon-cross": (Stroke(_OCTAGON), Stroke(_CROSS)),
    "octagon-cross-solid": (Stroke(_OCTAGON, "solid"), Stroke(_CROSS, "cut")),
    "octagon-bar": (Stroke(_OCTAGON, "solid"), Stroke("M5.4 8h5.2", "cut")),
    "ring-slash": (Stroke(_RING), Stroke("M4.2 11.8l7.6-7.6")),
    "ring-bar": (Stroke(_RING), Stroke("M5.6 8h4.8")),
    "ring-question": (
        Stroke(_RING, "dashed"),
        Stroke("M6.6 6.6a1.5 1.5 0 1 1 2.2 1.3c-.5.3-.8.6-.8 1.1"),
        Stroke("M8 10.9v.1"),
    ),
    "ring-pause": (Stroke(_RING), Stroke("M6.7 6v4M9.3 6v4")),
    "clock": (Stroke(_RING), Stroke("M8 5v3.2l2 1.2")),
    "triangle": (Stroke("M8 2.6l6 10.8H2Z", "solid"), Stroke("M8 6.6v3M8 11.6v.1", "cut")),
    "diamond": (Stroke("M8 1.9l6.1 6.1L8 14.1L1.9 8Z", "solid"), Stroke("M8 5.2v3.2M8 10.6v.1", "cut")),
    "by-hand": (Stroke("M2.75 2.75h10.5v10.5H2.75Z"), Stroke("M8 5.2v.1M8 7.4v3.4")),
    # things and verbs
    "desk": (Stroke("M2.5 9.2V12.6a.9.9 0 0 0 .9.9h9.2a.9.9 0 0 0 .9-.9V9.2"), Stroke("M2.5 9.2h3l1 1.7h3l1-1.7h3L13 3.2a.9.9 0 0 0-.9-.7H3.9a.9.9 0 0 0-.9.7Z")),
    "label": (Stroke("M2.5 3.4v4.2a1 1 0 0 0 .3.7l5.3 5.3a.9.9 0 0 0 1.3 0l4.2-4.2a.9.9 0 0 0 0-1.3L8.3 2.8a1 1 0 0 0-.7-.3H3.4a.9.9 0 0 0-.9.9Z"), Stroke("M5.5 5.5v.1")),
    "changes": (Stroke("M4.5 6v8M2.9 4.2a1.6 1.6 0 1 0 3.2 0a1.6 1.6 0 1 0-3.2 0ZM11.5 10V6.2a1.6 1.6 0 0 0-1.6-1.6H8.2M9.8 3L8.2 4.6l1.6 1.6M9.9 11.8a1.6 1.6 0 1 0 3.2 0a1.6 1.6 0 1 0-3.2 0Z"),),
    "triangle-open": (Stroke("M8 2.6l6 10.8H2Z"), Stroke("M8 6.8v2.8M8 11.5v.1")),
    "history": (Stroke("M2.6 6.4A5.6 5.6 0 1 1 2.4 8.6"), Stroke("M2.4 3.4v3.1h3.1"), Stroke("M8 5.2V8.2l2.2 1.2")),
    "sync": (Stroke("M13.3 6.8A5.5 5.5 0 0 0 3.6 4.7L2.5 6M2.5 2.9V6h3.1"), Stroke("M2.7 9.2a5.5 5.5 0 0 0 9.7 2.1l1.1-1.3M13.5 13.1V10h-3.1")),
    "connection": (Stroke("M6.6 9.4l2.8-2.8M7.4 4.9l1.3-1.3a2.6 2.6 0 0 1 3.7 3.7L11.1 8.6M8.6 11.1l-1.3 1.3a2.6 2.6 0 0 1-3.7-3.7L4.9 7.4"),),
    "people": (Stroke("M3.9 5.4a2.1 2.1 0 1 0 4.2 0a2.1 2.1 0 1 0-4.2 0ZM1.9 13c0-2.3 1.8-3.8 4.1-3.8s4.1 1.5 4.1 3.8"), Stroke("M10.4 3.5a2.1 2.1 0 0 1 0 3.9M12 9.6c1.3.6 2.1 1.8 2.1 3.4")),
    "system": (Stroke("M2.5 3h11v7.5h-11ZM5.5 13.5h5M8 10.5v3"), Stroke("M5 6.8h2.2M9.4 6.8h1.6")),
    "person": (Stroke("M5.6 5a2.4 2.4 0 1 0 4.8 0a2.4 2.4 0 1 0-4.8 0ZM3.4 13.4c0-2.5 2-4.2 4.6-4.2s4.6 1.7 4.6 4.2"),),
    "group": (Stroke("M3.9 5.4a2.1 2.1 0 1 0 4.2 0a2.1 2.1 0 1 0-4.2 0ZM1.9 13c0-2.3 1.8-3.8 4.1-3.8s4.1 1.5 4.1 3.8"), Stroke("M10.4 3.5a2.1 2.1 0 0 1 0 3.9M12 9.6c1.3.6 2.1 1.8 2.1 3.4")),
    "search": (Stroke("M2.5 7a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0ZM10.4 10.4L13.5 13.5"),),
    "menu": (Stroke("M2.5 4.5h11M2.5 8h11M2.5 11.5h11"),),
    "more": (Stroke("M4 8v.1M8 8v.1M12 8v.1"),),
    "plus": (Stroke("M8 3v10M3 8h10"),),
    "minus": (Stroke("M3.5 8h9"),),
    "check": (Stroke("M3.2 8.4l3.2 3.2l6.4-7"),),
    "cross": (Stroke("M4 4l8 8M12 4l-8 8"),),
    "up": (Stroke("M4 10l4-4l4 4"),),
    "down": (Stroke("M4 6l4 4l4-4"),),
    "right": (Stroke("M6 4l4 4l-4 4"),),
    "arrow-up": (Stroke("M8 13V3.5M4.5 7L8 3.5L11.5 7"),),
    "arrow-right": (Stroke("M3 8h9.5M9 4.5L12.5 8L9 11.5"),),
    "upright": (Stroke("M8 4v8"),),
    "arrow-down": (Stroke("M8 3v9.5M4.5 9L8 12.5L11.5 9"),),
    "flag": (Stroke("M3.5 14V2.5"), Stroke("M3.5 2.8h9L10.6 5.6l1.9 2.8h-9", "solid")),
    "flags": (Stroke("M3 14V5M3 5h5.5l-1.2 2l1.2 2H3"), Stroke("M6 2.5h7l-1.4 2.2l1.4 2.3h-2.2")),
    "lock": (Stroke("M3.5 7.2h9v6.3h-9Z"), Stroke("M5.3 7V5.2a2.7 2.7 0 0 1 5.4 0V7")),
    "copy": (Stroke("M5.5 5.5h8v8h-8Z"), Stroke("M10.5 5.3V2.5h-8v8h2.8")),
    "link": (Stroke("M6.7 9.3a2.7 2.7 0 0 0 3.8 0l2.2-2.2a2.7 2.7 0 0 0-3.8-3.8l-.9.9M9.3 6.7a2.7 2.7 0 0 0-3.8 0L3.3 8.9a2.7 2.7 0 0 0 3.8 3.8l.9-.9"),),
    "pencil": (Stroke("M3 13l.6-2.8l7.1-7.1a1.2 1.2 0 0 1 1.7 0l.5.5a1.2 1.2 0 0 1 0 1.7l-7.1 7.1Z"),),
    "comment": (Stroke("M2.5 3.5h11v7.5H7.5L4.5 13.4V11h-2Z"),),
    "print": (Stroke("M4.5 6V2.5h7V6M4.5 11.5h-2V6h11v5.5h-2M4.5 9.5h7v4h-7Z"),),
    "empty-labels": (Stroke("M2 4.5h7M11.5 3.5l2 2M13.5 3.5l-2 2M2 8h9M2 11.5h5M9.5 10.5l2 2M11.5 10.5l-2 2"),),
}  # fmt: skip
