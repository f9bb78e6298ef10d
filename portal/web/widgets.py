"""Form controls that look.md asks for beyond Django's own. Each works without script; script makes it comfortable."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class Radios(forms.RadioSelect):
    """Options with their consequence on the same line.

    Texts by option value: `consequences`; `grave` for what cannot be undone; `impossible` disables and says why.
    """

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        *,
        consequences: Mapping[str, Text] | None = None,
        grave: Mapping[str, Text] | None = None,
        impossible: Mapping[str, Text] | None = None,
    ) -> None:
        super().__init__(attrs)
        self.consequences = dict(consequences or {})
        self.grave = dict(grave or {})
        self.impossible = dict(impossible or {})

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        key = str(value)
        option["grave"] = self.grave.get(key, "")
        option["consequence"] = self.impossible.get(key) or self.consequences.get(key, "")
        if key in self.impossible:
            option["attrs"]["disabled"] = True
        return option


class Chips(forms.Textarea):
    """A list of short texts, one per line; script shows them as chips. `most` is how many there may be."""

    def __init__(self, attrs: dict[str, Any] | None = None, *, most: int = 0) -> None:
        shown = {
            "rows": 3,
            "data-chips": True,
            "data-removes": _("Remove %s"),
            "spellcheck": "false",
            "autocomplete": "off",
        }
        self.most = most
        super().__init__(shown | ({"data-most": most} if most else {}) | (attrs or {}))


class Picker(forms.TextInput):
    """A text with suggestions: (value, second fact) pairs, read when the page is drawn.

    Without script a plain datalist; with it a combobox whose last entry offers to add what was typed (`data-adds`).
    """

    template_name = "shared/_picker.html"

    def __init__(
        self, attrs: dict[str, Any] | None = None, *, options: Callable[[], Iterable[tuple[str, str]]] = lambda: ()
    ) -> None:
        super().__init__({"data-picker": True, "autocomplete": "off"} | (attrs or {}))
        self.options = options

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        ident = context["widget"]["attrs"].get("id", f"id_{name}")
        context["widget"]["attrs"]["list"] = f"{ident}_list"
        return context | {"options": list(self.options())}
