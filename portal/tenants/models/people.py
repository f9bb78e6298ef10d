"""People, and that one of them was there when something was signed."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from portal.audit.trail import Subject


class PersonManager(BaseUserManager["Person"]):
    def create_user(self, email: str, name: str, password: str | None = None, **fields: Any) -> "Person":
        person = self.model(email=email.strip(), name=name.strip(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email__iexact=username)


class Person(AbstractBaseUser):
    """Somebody who signs in. What they may do stands in their memberships, tenant by tenant."""

    email = models.EmailField(_("E-mail"), unique=True)
    name = models.CharField(_("Name"), max_length=120)
    directory_id = models.CharField(max_length=36, blank=True, help_text="Of the Microsoft account: its tid.")
    object_id = models.CharField(max_length=36, blank=True, help_text="Of the Microsoft account: its oid.")
    is_active = models.BooleanField(default=True)
    is_system = models.BooleanField(default=False, help_text="Writes for a System; nobody signs in with it.")
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(Lower("email"), name="tenants_person_email_ignoring_case"),
            models.UniqueConstraint(
                fields=["directory_id", "object_id"],
                condition=~Q(object_id=""),
                name="tenants_person_one_per_microsoft_account",
            ),
            models.CheckConstraint(
                name="tenants_person_microsoft_account_whole",
                condition=Q(directory_id="", object_id="") | ~Q(directory_id="") & ~Q(object_id=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> Subject:
        return Subject("person", str(self.pk), self.name, None)

    @property
    def is_of_microsoft(self) -> bool:
        """Whether they sign in through Microsoft."""
        return bool(self.object_id)

    @property
    def initials(self) -> str:
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


class Method(models.TextChoices):
    """What somebody proved who they are with."""

    PASSWORD = "password", _("password")
    MICROSOFT = "microsoft", _("Microsoft")


class Presence(models.Model):
    """That somebody proved to Microsoft who they are, for one decision about one content (presence.py)."""

    key = models.CharField(max_length=43, unique=True, help_text="Random; in the form it lets through.")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    about = models.CharField(max_length=400, help_text="The chain, kind and key of what is decided on.")
    content_hash = models.CharField(max_length=64)
    at = models.DateTimeField(help_text="When they proved it, according to Microsoft.")
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "about"], name="tenants_presence_of_person")]

    def __str__(self) -> str:
        return f"{self.person}: {self.about}"
