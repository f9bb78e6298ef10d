"""Why somebody is not let in through Microsoft, in words for them, and in one word for the history."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.graph.identity import NotSignedIn

CONSENT = ("AADSTS65001", "AADSTS90094", "AADSTS90095")  # numbers Microsoft gives them, in what it says
OURS = frozenset({"invalid_client", "unauthorized_client", "invalid_registration", "invalid_scope"})


class Refusal(NamedTuple):
    """What the page says: what happened, and what to do next."""

    title: Promise
    sentence: Promise
    next: Promise
    status: int = 403


NO_ANSWER = _("Microsoft's sign-in does not answer. Nothing was changed. Try again in a minute.")
AGAIN = _("Go back to the sign-in page and try again.")
REFUSALS: dict[str, Refusal] = {
    "cancelled": Refusal(
        _("You did not sign in"), _("Signing in was stopped at Microsoft. Nothing happened here."), AGAIN
    ),
    "consent": Refusal(
        _("Your organisation has not allowed this yet"),
        _("Microsoft lets nobody of your organisation sign in here until it is allowed for all of them."),
        _("Ask an administrator of your Microsoft directory to grant admin consent to Fileplan, then try again."),
    ),
    "directory": Refusal(
        _("This account cannot be used here"),
        _("Your Microsoft account belongs to an organisation that is not let in here."),
        _("Sign out of Microsoft, and come back with the account of your organisation that uses Fileplan."),
    ),
    "no_role": Refusal(
        _("You have no role here yet"),
        _("Microsoft knows you, and nobody has given you a role in a tenant of Fileplan."),
        _("Ask an administrator of your tenant for a role, then sign in again."),
    ),
    "no_role_of_group": Refusal(
        _("You have no role here yet"),
        _("You are in too many groups for Microsoft to name them, so no role can be given by a group."),
        _("Ask for an app role of Fileplan in your Microsoft directory instead, then sign in again."),
    ),
    "address_taken": Refusal(
        _("Your address belongs to another account"),
        _("An account with your e-mail address is kept here already. It is not joined to yours by the address alone."),
        _("Ask an administrator of your tenant to have both joined, or to change the address of the other."),
    ),
    "disabled": Refusal(
        _("Your account is closed"),
        _("An administrator has closed your account in Fileplan."),
        _("Ask an administrator of your tenant if you should have it back."),
    ),
    "forged": Refusal(
        _("The answer could not be trusted"),
        _("What came back from Microsoft does not prove who you are. Nobody was signed in."),
        _("Go back to the sign-in page and try again. If it stays, give the reference below to whoever runs Fileplan."),
    ),
    "unknown_state": Refusal(
        _("This sign-in is over"),
        _("It was used already, took longer than ten minutes, or began in another browser."),
        AGAIN,
        status=400,
    ),
    "registration": Refusal(
        _("Fileplan is not set up at Microsoft"),
        _("Microsoft does not accept the application that Fileplan signs people in with."),
        _("Tell whoever runs Fileplan: its registration, secret or certificate in the directory has to be looked at."),
        status=503,
    ),
    "refused": Refusal(
        _("Microsoft did not let you in"),
        _("Microsoft refused this sign-in, and told you why if there was a reason to tell."),
        _("Go back to the sign-in page and try again. If it stays, ask an administrator of your Microsoft directory."),
    ),
    "no_answer": Refusal(
        _("Microsoft does not answer"),
        _("The sign-in of Microsoft cannot be reached right now. Nothing happened here."),
        _("Try again in a minute."),
        status=503,
    ),
    "another_account": Refusal(
        _("You confirmed as somebody else"),
        _("You are signed in here with one Microsoft account, and confirmed with another. Nothing was signed."),
        _("Go back and confirm with the account you are signed in with, or sign out and come back as the other."),
    ),
    "not_fresh": Refusal(
        _("Microsoft did not ask you"),
        _("To sign, you have to prove who you are at that moment. Microsoft says that you did so earlier."),
        _("Go back and confirm again. If it stays, give the reference below to whoever runs Fileplan."),
    ),
}


def reason_of(refused: NotSignedIn) -> str:
    """Which of them it is, when Microsoft's sign-in refused. Its own words are never kept: they are anybody's text."""
    if refused.code in OURS:
        return "registration"
    if refused.code == "consent_required" or any(number in refused.reason for number in CONSENT):
        return "consent"
    return "cancelled" if refused.code == "access_denied" else "refused"
