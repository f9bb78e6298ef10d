"""Is the input well formed? What may be done with it is decided by the actions."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _

from portal.graph.clouds import AN_ID
from portal.tenants.models import Claim, Person, Role, Tenant

NO_ID = _("This is no id. Copy it from Entra: 32 digits and letters from a to f, in five groups.")


class SignInForm(forms.Form):
    """An e-mail address and a password; both are only compared, never stored."""

    username = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_username(self) -> str:
        """One spelling per account, or each spelling would have tries of its own."""
        return str(self.cleaned_data["username"]).lower()

    def refuse(self) -> None:
        """The same words whatever was wrong, so that nobody learns which accounts there are (S7)."""
        self.add_error(None, _("The e-mail address or the password is wrong."))


class AnId(forms.CharField):
    """An id as Entra shows it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=36, widget=forms.TextInput(attrs={"autocomplete": "off"}), **kwargs)

    def clean(self, value: Any) -> str:
        cleaned = str(super().clean(value)).lower()
        if cleaned and not AN_ID.fullmatch(cleaned):
            raise forms.ValidationError(NO_ID)
        return cleaned


class PersonForm(forms.Form):
    """Somebody to be added to a tenant."""

    email = forms.EmailField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    roles = forms.TypedMultipleChoiceField(
        label=_("Roles"), choices=Role.choices, coerce=Role, widget=forms.CheckboxSelectMultiple
    )

    object_id = AnId(
        label=_("Object id of their Microsoft account"),
        required=False,
        help_text=_(
            "They then come in with it, whatever roles Microsoft gives them. It stands with the user in Entra."
        ),
    )
    directory_id = forms.ChoiceField(label=_("Directory"), required=False)

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant = tenant
        self.fields["object_id"].required = not settings.LOCAL_ACCOUNTS
        _choose_directory(self)
        if not directories():
            del self.fields["object_id"]

    def clean(self) -> dict[str, Any]:
        """A directory counts with an object id alone."""
        cleaned: dict[str, Any] = super().clean() or {}
        object_id, said = cleaned.get("object_id", ""), cleaned.pop("directory_id", "")
        if object_id and not said and len(directories()) > 1:
            self.add_error("directory_id", _("Choose the directory of this account."))
        said = said or next(iter(directories()), "")
        return cleaned | {"object_id": object_id, "directory_id": said if object_id else ""}

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        if self.tenant.memberships.filter(person__email__iexact=email).exists():
            raise forms.ValidationError(_("Somebody with this address is already part of the tenant."))
        return email


class MappingForm(forms.Form):
    """Which app role or group gives which role."""

    claim = forms.TypedChoiceField(
        label=_("What Microsoft gives"),
        choices=Claim.choices,
        coerce=Claim,
        widget=forms.RadioSelect,
        initial="app_role",
    )
    value = forms.CharField(
        label=_("Value of the app role, or object id of the group"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    role = forms.TypedChoiceField(label=_("Role here"), choices=Role.choices, coerce=Role)
    directory_id = forms.ChoiceField(label=_("Directory"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose_directory(self)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("claim") == Claim.GROUP and "value" in cleaned:
            cleaned["value"] = cleaned["value"].lower()
            if not AN_ID.fullmatch(cleaned["value"]):
                self.add_error("value", NO_ID)
        if not directories():
            self.add_error(None, _("Nobody can sign in through Microsoft here. Set SIGN_IN_CLOUD first."))
        return {"directory_id": next(iter(directories()), ""), **{k: v for k, v in cleaned.items() if v}}


def directories() -> tuple[str, ...]:
    """The directories whose people are let in."""
    return settings.SIGN_IN.directories if settings.SIGN_IN is not None else ()


def _choose_directory(form: forms.Form) -> None:
    """Offer the directories where there are several; where there is one, it is that."""
    field = form.fields["directory_id"]
    field.choices = [(one, one) for one in directories()]  # type: ignore[attr-defined]
    field.plain = True  # type: ignore[attr-defined]
    field.required = isinstance(form, MappingForm)
    if len(directories()) < 2:
        del form.fields["directory_id"]


class RoleForm(forms.Form):
    """Which role a button is about."""

    role = forms.TypedChoiceField(choices=Role.choices, coerce=Role)


class PolicyForm(forms.Form):
    """How many people must approve, how many days events wait, and who sees what they search for."""

    routine = forms.IntegerField(label=_("Approvals for a routine change"), min_value=1, max_value=5)
    irreversible = forms.IntegerField(label=_("Approvals for a change that cannot be undone"), min_value=1, max_value=5)
    event_days_manual = forms.IntegerField(
        label=_("Days that events recorded by people wait"),
        min_value=0,
        max_value=365,
        help_text=_("From approval until they are sent. Until then they can be withdrawn, afterwards never."),
    )
    event_days_automatic = forms.IntegerField(
        label=_("Days that events reported by systems wait"), min_value=0, max_value=365
    )
    limits_queries = forms.BooleanField(
        label=_("Only authors and approvers see what events search for"),
        required=False,
        help_text=_("Asset IDs are often numbers of patients or employees."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        routine, irreversible = cleaned.get("routine"), cleaned.get("irreversible")
        if routine and irreversible and irreversible < routine:
            self.add_error("irreversible", _("Ask for at least as many approvals as for a routine change."))
        return cleaned


class LookForm(forms.Form):
    """How pages look and react in this browser."""

    theme = forms.ChoiceField(
        label=_("Colours"),
        choices=[("auto", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))],
        widget=forms.RadioSelect,
    )
    keys = forms.ChoiceField(
        label=_("Single-letter keys"),
        choices=[("on", _("On")), ("off", _("Off"))],
        help_text=_("Press ? on any page for the list of keys."),
        widget=forms.RadioSelect,
    )


class NewPasswordForm(forms.Form):
    """A password that is not a common one, at least 12 characters, unlike the person's own name and address."""

    new_password = forms.CharField(
        label=_("New password"),
        max_length=1024,
        strip=False,
        help_text=_("At least 12 characters."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_new_password(self) -> str:
        password = str(self.cleaned_data["new_password"])
        password_validation.validate_password(password, self.person)
        return password


class ChangePasswordForm(NewPasswordForm):
    """A new password, by somebody who knows the present one."""

    present_password = forms.CharField(
        label=_("Present password"),
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ["present_password", "new_password"]

    def clean_present_password(self) -> str:
        password = str(self.cleaned_data["present_password"])
        if not self.person.check_password(password):
            raise forms.ValidationError(_("This is not your present password."))
        return password
