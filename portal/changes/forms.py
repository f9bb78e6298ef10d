"""Is the input well formed? What may be done with it is decided by the actions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.changes.models import ChangeRequest, Verdict
from portal.changes.queries import Tab


class ReadForm(forms.Form):
    """Which content somebody acts on: the hash of what they read."""

    content_hash = forms.CharField(max_length=64, widget=forms.HiddenInput)


class ObjectForm(ReadForm):
    """Which object of a draft is meant, by its place."""

    position = forms.IntegerField(min_value=0, max_value=100_000)


class AcknowledgeForm(ObjectForm):
    """What somebody confirms with their name, and why they may."""

    acknowledge = forms.RegexField(r"^VR-\d{2,3}$", max_length=10, label=_("Confirmation"))
    reason = forms.CharField(label=_("Reason"), max_length=500, required=False)


class DecisionForm(ReadForm):
    """A verdict on what was read. To return or reject takes a comment, to approve the irreversible a tick."""

    comment = forms.CharField(
        label=_("Comment"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    undone = forms.BooleanField(required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        change_request: ChangeRequest,
        verdict: Verdict | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.change_request, self.verdict = change_request, verdict
        self.fields["comment"].plain = True  # type: ignore[attr-defined]
        self.fields["comment"].note = _("needed to return or reject")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.verdict in (Verdict.RETURN, Verdict.REJECT) and "comment" in cleaned and not cleaned["comment"]:
            self.add_error("comment", _("Say why, so that the author knows what to do next."))
        if self.verdict == Verdict.APPROVE and self.change_request.is_irreversible and not cleaned.get("undone"):
            self.add_error("undone", _("Read what cannot be undone, then tick this box."))
        return cleaned


class AboutForm(ReadForm):
    """What a draft is called and why it is wanted. The reason may wait until it is submitted."""

    title = forms.CharField(label=_("Title"), max_length=200)
    reason = forms.CharField(
        label=_("Reason for this change"),
        max_length=2000,
        required=False,
        help_text=_("Approvers read it first, auditors read it last."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].plain = True  # type: ignore[attr-defined]


class ProposeForm(forms.Form):
    """Why somebody wants to adopt or revert. It may wait until the draft is submitted."""

    reason = forms.CharField(
        label=_("Reason for this change"),
        max_length=2000,
        required=False,
        help_text=_("Approvers read it first, auditors read it last."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].plain = True  # type: ignore[attr-defined]


class FilterForm(forms.Form):
    """What a list shows. Anything unknown shows everything."""

    state = forms.ChoiceField(choices=Tab.choices, required=False)
    q = forms.CharField(max_length=200, required=False)


class PauseForm(forms.Form):
    """Why all pushes are held, or go on. Whether a reason is needed, the action knows."""

    reason = forms.CharField(label=_("Reason"), max_length=500, required=False)
