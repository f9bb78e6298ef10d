"""What carrying out a request would mean for the tenant: five questions, each answered (look.md)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.changes.models import Push
from portal.changes.objects import ChangedObject, Key, key_of
from portal.mirror import kinds, markers
from portal.mirror.kinds import Action, Document
from portal.tenants.models import Tenant
from portal.web.lifeline import life
from portal.web.moments import period_words

LABEL = "retentionLabel"
LABELS_MOST, LABELS_LOOK = 1000, 900  # VR-49
REVIEWERS_MOST, REVIEWERS_LOOK = 200, 180  # VR-26


@dataclass(frozen=True)
class Room:
    """How much of what Purview allows a tenant uses (domain-rules.md 2.1)."""

    labels: int
    reviewers: int
    labels_most: int = LABELS_MOST
    reviewers_most: int = REVIEWERS_MOST

    @property
    def few_labels(self) -> bool:
        return self.labels >= LABELS_LOOK

    @property
    def few_reviewers(self) -> bool:
        return self.reviewers >= REVIEWERS_LOOK


def room(tenant: Tenant, objects: Iterable[ChangedObject] = ()) -> Room:
    """The tenant's room as the mirror shows it, after `objects` have been carried out."""
    held = _labels(tenant)
    for changed in objects:
        if changed.kind.name != LABEL or changed.first.push == Push.CANCELLED:
            continue
        if changed.after is None:
            held.pop(changed.key, None)
        else:
            held[changed.key] = changed.after
    reviewers = {
        str(address).strip().casefold()
        for document in held.values()
        for stage in document.get("dispositionReviewStages") or ()
        for address in stage.get("reviewersEmailAddresses") or ()
    }
    return Room(len(held), len(reviewers))


def _labels(tenant: Tenant) -> dict[Key, Document]:
    documents = kinds.of(LABEL).rows(tenant).here().values_list("document", flat=True)
    return {key_of(LABEL, document): document for document in documents}


@dataclass(frozen=True)
class Impact:
    """The answers, each as sentences."""

    items: str
    deletable: list[str]
    room: Room
    publish: list[str]

    @property
    def room_words(self) -> str:
        return _("%(labels)s of 1,000 labels, %(reviewers)s of 200 different reviewers.") % {
            "labels": number_format(self.room.labels, force_grouping=True),
            "reviewers": number_format(self.room.reviewers, force_grouping=True),
        }


def impact(tenant: Tenant, objects: Sequence[ChangedObject], in_use: set[Key]) -> Impact:
    """What `objects` would mean; `in_use` are those of them that Purview says items carry."""
    labels = [changed for changed in objects if changed.kind.name == LABEL]
    happens = [changed for changed in objects if changed.kind.once and changed.action == Action.CREATE]
    sooner = [sentence for changed in labels if changed.key in in_use for sentence in _deletable(changed)]
    return Impact(
        items=_started() if happens and not labels else _items(labels, in_use),
        deletable=[*sooner, *map(_over_in_time, happens)],
        room=room(tenant, objects),
        publish=[changed.name for changed in labels if changed.action == Action.CREATE],
    )


def _started() -> str:
    return _("The period of what is found begins. Purview does not tell how many items that are.")


def _over_in_time(changed: ChangedObject) -> str:
    return _("“%(name)s”: what it finds, as soon as the period of its label is over.") % {
        "name": markers.without(changed.name)
    }


def _items(labels: Sequence[ChangedObject], in_use: set[Key]) -> str:
    existing = [changed for changed in labels if changed.base is not None]
    used = [changed.name for changed in existing if changed.key in in_use]
    if not labels:
        return _("No label changes, so no item is touched.")
    if not existing:
        return _("Nothing carries a new label yet.")
    if not used:
        return _("Purview says that no item carries these labels.")
    names = ", ".join(f"“{name}”" for name in used)
    return ngettext(
        "%(names)s is in use. Purview does not tell how many items.",
        "%(names)s are in use. Purview does not tell how many items.",
        len(used),
    ) % {"names": names}


def _deletable(changed: ChangedObject) -> list[str]:
    if changed.after is None:
        return [_("“%(name)s”: everything that carries it loses its retention.") % {"name": changed.name}]
    before, after = life(changed.base or {}), life(changed.after)
    if after.days is None or not before.kept or (before.days is not None and before.days <= after.days):
        return []
    return [
        _("“%(name)s”: items whose period has lasted %(period)s or longer.")
        % {"name": changed.name, "period": period_words(after.days)}
    ]
