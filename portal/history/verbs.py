"""The words of the history: what each verb and each fact is called on a page. Unknown ones are shown as they are."""

import re

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

VERBS: dict[str, Promise] = {
    "request.drafted": _("Change drafted"),
    "request.edited": _("Draft edited"),
    "request.submitted": _("Change submitted"),
    "request.edited_in_review": _("Change edited in review"),
    "request.approved": _("Change approved"),
    "request.released": _("Change approved and released"),
    "request.released_under": _("Change released under a standing approval"),
    "request.returned": _("Change returned"),
    "request.rejected": _("Change rejected"),
    "request.withdrawn": _("Change withdrawn"),
    "change.sending": _("About to be sent"),
    "change.delayed": _("Put off"),
    "change.sent": _("Sent to Purview"),
    "change.unsure": _("Outcome unknown"),
    "change.looked_up": _("Looked up in Purview"),
    "change.confirmed": _("Confirmed by Purview"),
    "change.stopped": _("Stopped"),
    "change.retried": _("Tried again"),
    "change.cancelled": _("Given up"),
    "change.adopted": _("Adopted as it is in Purview"),
    "change.by_hand": _("Done by hand, seen by the sync"),
    "change.kept": _("Kept in Fileplan"),
    "standing.withdrawn": _("Standing approval withdrawn"),
    "sync.completed": _("Mirror complete"),
    "sync.incomplete": _("Mirror incomplete"),
    "sync.held": _("Too much missing, nothing taken for gone"),
    "sync.confirmed": _("Missing objects confirmed as gone"),
    "mirror.changed_outside": _("Changed outside Fileplan"),
    "mirror.created_outside": _("Created outside Fileplan"),
    "mirror.gone": _("Gone from Purview"),
    "mirror.revived": _("Back in Purview"),
    "mirror.baselined": _("Baseline set"),
    "push.lost": _("Another worker took over"),
    "connection.held": _("Connection put on hold"),
    "connection.released": _("Connection released"),
    "connection.loses_markers": _("Purview keeps no markers of events"),
    "pushes.held": _("All pushes held"),
    "pushes.resumed": _("Pushes let go on"),
    "account.registered": _("Registration in Microsoft's directory changed"),
    "account.connected": _("Account connected"),
    "account.disconnected": _("Sign-in of the account forgotten"),
    "account.checked": _("Rights of the account tried"),
    "account.told": _("Administrators written to"),
    "account.sealed_anew": _("Secrets encrypted with a new key"),
    "person.added": _("Person added"),
    "person.deactivated": _("Account closed"),
    "person.reactivated": _("Account opened again"),
    "person.link_made": _("Password link made"),
    "person.password_set": _("Password set"),
    "person.password_changed": _("Password changed"),
    "person.joined": _("Joined to a Microsoft account"),
    "person.renamed": _("Renamed in the directory"),
    "person.presence_refused": _("Not confirmed who signs"),
    "person.signed_in": _("Signed in"),
    "person.sign_in_refused": _("Sign-in refused"),
    "person.signed_out": _("Signed out"),
    "role.granted": _("Role given"),
    "role.revoked": _("Role taken away"),
    "role.kept": _("Role kept by the only administrator"),
    "mapping.added": _("Role from Microsoft added"),
    "mapping.removed": _("Role from Microsoft removed"),
    "tenant.added": _("Tenant added"),
    "policy.changed": _("Policy changed"),
    "system.added": _("System added"),
    "system.changed": _("System changed"),
    "system.closed": _("System closed"),
    "system.opened": _("System opened again"),
    "key.made": _("Key made"),
    "key.revoked": _("Key revoked"),
    "call.received": _("Reported by a system"),
    "call.refused": _("Call refused"),
    "access.denied": _("Access refused"),
    "backup.made": _("Backup made"),
    "restore.noticed": _("Restored backup noticed"),
    "restore.confirmed": _("Restored backup confirmed"),
    "trail.verified": _("History checked"),
    "trail.read": _("History read"),
    "trail.exported": _("History exported"),
}

# What people sign, in the order of look.md: these stand out on the chain.
SIGNED = frozenset(
    {
        "request.submitted",
        "request.approved",
        "request.released",
        "request.returned",
        "request.rejected",
        "request.withdrawn",
    }
)

# The choices of the filter "What", each with the beginnings of its verbs.
GROUPS: dict[str, tuple[Promise, tuple[str, ...]]] = {
    "changes": (_("Changes and decisions"), ("request.", "standing.")),
    "pushes": (_("What was sent to Purview"), ("change.", "connection.", "push.", "pushes.")),
    "tenant": (_("What was found in Purview"), ("sync.", "mirror.")),
    "people": (
        _("People and settings"),
        ("person.", "role.", "mapping.", "account.", "system.", "key.", "tenant.", "policy."),
    ),
    "access": (_("Access and history"), ("access.", "backup.", "call.", "restore.", "trail.")),
}

FACTS: dict[str, Promise] = {
    "version": _("Version"),
    "wanted": _("Approvals wanted"),
    "read": _("Read"),
    "standing": _("Standing approval"),
    "standing_content": _("Content of the standing approval"),
    "system": _("System"),
    "waiting": _("Events that are not sent"),
    "names": _("Objects"),
    "listed": _("Objects seen"),
    "missing": _("Missing"),
    "gone": _("Gone"),
    "last_seen": _("Last seen"),
    "created": _("New"),
    "changed": _("Changed"),
    "objects": _("Objects"),
    "by_graph": _("Changed by, says Purview"),
    "at_graph": _("Changed at, says Purview"),
    "support": _("Support reference"),
    "object_id": _("Object id"),
    "refused": _("Refused"),
    "people": _("People"),
    "gap": _("Lost entries"),
    "opened": _("Noticed by entry"),
    "differing": _("Objects that differ"),
    "method": _("Method"),
    "proof": _("Confirmed who signs"),
    "amr": _("Proved at Microsoft with"),
    "auth_time": _("Proved at Microsoft at"),
    "check": _("What did not hold"),
    "path": _("Address"),
    "cloud": _("Cloud"),
    "root": _("Root"),
    "new_account": _("New account"),
    "count": _("Entries checked"),
    "head": _("Head of the chain"),
    "broken_at": _("Broken at entry"),
    "because": _("Because"),
    "checkpoints": _("Checkpoints held against it"),
    "entries": _("Entries exported"),
    "filter": _("Filter"),
    "message": _("Message"),
    "digest": _("SHA-256 of the message"),
    "request": _("Change"),
    "key": _("Key"),
    "scopes": _("Scopes"),
    "expires": _("Expires"),
    "event_types": _("Event types"),
}

# What a draft does with an object.
ACTIONS: dict[str, Promise] = {
    "create": _("Create “%(name)s”"),
    "update": _("Change “%(name)s”"),
    "delete": _("Delete “%(name)s”"),
    "adopt": _("Adopt “%(name)s”"),
    "dropped": _("“%(name)s” taken out"),
}
UNHEARD = _("%(action)s “%(name)s”")


def words(verb: str) -> str:
    """What happened, in words."""
    return str(VERBS.get(verb, verb))


def fact(name: str) -> str:
    """What a fact is called."""
    return str(FACTS.get(name, spelled(name)))


def spelled(name: str) -> str:
    """The name of a field, Graph's or ours, as words: descriptionForAdmins, approvals_routine."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name.lstrip("@")).capitalize()
