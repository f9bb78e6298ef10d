"""What an administrator says of a tenant and of the portal's registration in its directory."""

import re
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_domain_name
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.graph import clouds
from portal.tenants.accounts.certificates import Read, Unusable, read
from portal.tenants.models import Account, Cloud, Tenant

CHINA = ("china", _("China (21Vianet)"))


class Secret(forms.Textarea):
    """Typed text that no page gives back."""

    def format_value(self, value: Any) -> str:
        return ""


class TenantForm(forms.Form):
    """A tenant that is new to Fileplan."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("As your people call it."))
    slug = forms.SlugField(
        label=_("Short name"), max_length=50, help_text=_("Stands in every address: /t/harrow-vale/")
    )
    cloud = forms.ChoiceField(
        label=_("Cloud"), choices=[*Cloud.choices, CHINA], initial=Cloud.GLOBAL, widget=forms.RadioSelect
    )
    sandbox_root = forms.CharField(
        label=_("Address of the sandbox"),
        max_length=100,
        required=False,
        help_text=_("Only for the sandbox: http://127.0.0.1:8100"),
    )
    domains = forms.CharField(
        label=_("Mail domains"),
        max_length=1000,
        required=False,
        help_text=_("Of disposition reviewers, with commas between. Other addresses are pointed out."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if settings.PRODUCTION:  # the sandbox guards nothing, and is for trying the portal on one machine
            del self.fields["sandbox_root"]
            of_microsoft = [choice for choice in Cloud.choices if choice[0] != Cloud.SANDBOX]
            cast(forms.ChoiceField, self.fields["cloud"]).choices = [*of_microsoft, CHINA]

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"]).lower()
        if Tenant.objects.filter(slug=slug).exists():
            raise ValidationError(_("Another tenant has this short name. Choose a different one."))
        return slug

    def clean_cloud(self) -> str:
        try:
            return clouds.offered(self.cleaned_data["cloud"]).value
        except clouds.CloudNotOffered as exc:
            raise ValidationError(str(exc)) from exc

    def clean_domains(self) -> list[str]:
        domains = [one for one in re.split(r"[\s,;]+", str(self.cleaned_data["domains"]).lower()) if one]
        for domain in domains:
            try:
                validate_domain_name(domain)
            except ValidationError as exc:
                raise ValidationError(_("“%(domain)s” is no domain.") % {"domain": domain}) from exc
        return domains

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "cloud" in cleaned:
            try:
                clouds.root_of(cleaned["cloud"], cleaned.get("sandbox_root"))
            except clouds.CloudNotOffered as exc:
                self.add_error("sandbox_root", str(exc))
            if cleaned["cloud"] != Cloud.SANDBOX and cleaned.get("sandbox_root"):
                self.add_error("sandbox_root", _("Only a sandbox has an address of its own. Leave it empty."))
        return cleaned


class RegistrationForm(forms.Form):
    """The application that stands for the portal in the tenant's directory."""

    directory_id = forms.UUIDField(
        label=_("Directory (tenant) id"),
        help_text=_("On the overview page of the app registration."),
        error_messages={
            "required": _("Enter the directory id."),
            "invalid": _("The directory id looks like 6f2d9a51-0c3e-4b7e-9a37-2d5b8e6f1a01."),
        },
    )
    client_id = forms.UUIDField(
        label=_("Application (client) id"),
        error_messages={
            "required": _("Enter the client id."),
            "invalid": _("The client id looks like 0d7f3c12-8e45-4a6b-b1d9-3f6a2c5e7b01."),
        },
    )
    secret = forms.CharField(
        label=_("Client secret"),
        max_length=500,
        required=False,
        help_text=_("Its value, not its id. It is encrypted and never shown again."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    ends_on = forms.DateField(
        label=_("Last day of the secret"),
        required=False,
        help_text=_("As Microsoft shows it. You are told 30 days before."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    pem = forms.CharField(
        label=_("Or a certificate with its private key"),
        max_length=20_000,
        required=False,
        help_text=_("Both in PEM, the key without a passphrase. The key is encrypted and never shown again."),
        widget=Secret(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, account: Account | None, needs_proof: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account, self.needs_proof = account, needs_proof
        self.read: Read | None = None

    def clean_directory_id(self) -> str:
        return str(self.cleaned_data["directory_id"])

    def clean_client_id(self) -> str:
        return str(self.cleaned_data["client_id"])

    def clean_secret(self) -> str:
        secret = str(self.cleaned_data["secret"])
        if clouds.AN_ID.fullmatch(secret.lower()):
            raise ValidationError(_("This is the id of the secret. Give its value; Microsoft shows it one time."))
        return secret

    def clean_pem(self) -> str:
        text = str(self.cleaned_data["pem"])
        if text:
            try:
                self.read = read(text)
            except Unusable as exc:
                raise ValidationError(str(exc)) from exc
        return text

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("secret") and cleaned.get("pem"):
            self.add_error("pem", _("Give either a secret or a certificate."))
        ends_on = cleaned.get("ends_on")
        if ends_on is not None and not cleaned.get("pem") and ends_on < timezone.now().date():
            self.add_error("ends_on", _("This day is over. Make a new secret in Microsoft's portal."))
        has_kept = self.account is not None and bool(self.account.proves_itself_with)
        if self.needs_proof and not (cleaned.get("secret") or cleaned.get("pem") or has_kept or self.errors):
            self.add_error("secret", _("Give a secret or a certificate, so that the portal can prove itself."))
        return cleaned

    @property
    def given(self) -> dict[str, Any]:
        """What `actions.register` takes."""
        cleaned = self.cleaned_data
        given = {name: cleaned[name] for name in ("directory_id", "client_id", "secret", "ends_on")}
        if self.read is not None:
            return given | self.read._asdict()
        if not cleaned["secret"] and self.account is not None and (self.account.certificate or not cleaned["ends_on"]):
            given["ends_on"] = self.account.ends_on  # what is kept stays good as long as it was
        return given
