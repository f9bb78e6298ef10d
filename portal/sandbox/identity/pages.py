"""The pages people meet: plain HTML without script, which say whose they are."""

from collections.abc import Iterable
from html import escape
from pathlib import Path
from urllib.parse import urlencode

from portal.sandbox.identity.claims import MOST_GROUPS
from portal.sandbox.identity.failures import Failure
from portal.sandbox.identity.models import AUTOMATIC, Device, Person
from portal.sandbox.identity.scopes import PERMISSIONS, Scopes
from portal.sandbox.identity.targets import Target
from portal.sandbox.identity.world import Call
from portal.sandbox.messages import Answer

STYLE = Path(__file__).with_name("style.css").read_bytes()
WHAT_IT_IS = (
    "This is the sandbox’s stand-in for Microsoft’s sign-in. It asks for no password and guards nothing: the people are"
    " made up, and nothing here reaches Microsoft."
)
MEANING = {
    PERMISSIONS[0]: "Read retention labels, events and the file plan",
    PERMISSIONS[1]: "Read and change retention labels, events and the file plan",
}


def style() -> Answer:
    return Answer(200, headers={"Content-Type": "text/css; charset=utf-8"}, raw=STYLE)


def choose(call: Call, target: Target, *, hint: str) -> Answer:
    title = f"Sign in to {target.registration.name}"
    body = _form(_again(call), _people(call, hint), _cancel())
    return _page(title, "Choose whom to sign in as.", body, form_to=target.origin)


def consent(call: Call, target: Target, person: Person, asked: Scopes) -> Answer:
    name = target.registration.name
    lead = f"{person.name} is asked to allow this for everybody at {_organisation(call, person)}."
    body = _form(_again(call), _permissions(asked), _hidden("person", person.oid), _accept("Accept"), _cancel())
    return _page(f"What {name} asks to be allowed", lead, body, form_to=target.origin)


def enter_code(call: Call, code: str, *, is_wrong: bool = False) -> Answer:
    wrong = (
        '<p class="wrong" id="wrong">That code is not waiting for anybody. Look at the other device and enter it again,'
        " or start again there.</p>"
    )
    described = ' aria-describedby="wrong" aria-invalid="true"' if is_wrong else ""
    field = (
        '<label for="user_code">Code</label>'
        f'<input id="user_code" name="user_code" value="{escape(code)}" required autocomplete="off" maxlength="20"'
        f' spellcheck="false" autocapitalize="characters"{described}>'
    )
    next_button = '<div class="row"><button class="main">Next</button></div>'
    body = _form(call.request.path, wrong if is_wrong else "", field, next_button)
    title = "Sign in another device"
    return _page(title, "Enter the code that it shows.", body, status=400 if is_wrong else 200)


def choose_for_device(call: Call, device: Device) -> Answer:
    name = call.book.registrations[device.client_id].name
    body = _form(call.request.path, _hidden("user_code", device.user_code), _people(call, ""), _cancel())
    return _page(f"Sign in to {name} on another device", "Choose whom to sign in as.", body)


def confirm_device(call: Call, device: Device, person: Person, asked: Scopes | None) -> Answer:
    """`asked` is given where consent is wanted as well."""
    name = call.book.registrations[device.client_id].name
    lead = f"Continue only if you began this yourself, on a device that shows {device.user_code}."
    kept = _hidden("user_code", device.user_code) + _hidden("person", person.oid)
    wanted = _permissions(asked) if asked else ""
    body = _form(call.request.path, kept, wanted, _accept("Continue"), _cancel())
    return _page(f"Sign in {person.name} to {name}?", lead, body)


def done(title: str, lead: str) -> Answer:
    return _page(title, lead, "")


def refusal(call: Call, failure: Failure) -> Answer:
    """Where the browser cannot be sent back."""
    body = (
        f'<p class="wrong">{escape(failure.message)}</p>'
        f"<dl><dt>Error</dt><dd>AADSTS{failure.code}, {escape(failure.error)}</dd>"
        f"<dt>Request</dt><dd>{escape(call.request.request_id)}</dd></dl>"
    )
    lead = "Go back to the app and start again. If this stays, whoever set the app up has to look at it."
    return _page("You could not be signed in", lead, body, status=failure.status)


def _page(title: str, lead: str, body: str, *, status: int = 200, form_to: str = "") -> Answer:
    """`form_to` is the origin a form here ends at: browsers hold a redirect after a form against `form-action`."""
    policy = (
        f"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' {form_to}"
    )
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy.rstrip(),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    said = f"<p>{escape(lead)}</p>" if lead else ""
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · sandbox sign-in</title>"
        '<link rel="stylesheet" href="/common/oauth2/style.css"></head>'
        f"<body><main><h1>{escape(title)}</h1>{said}{body}</main>"
        f"<footer><p><strong>Sandbox.</strong> {escape(WHAT_IT_IS)}</p></footer></body></html>"
    )
    return Answer(status, headers=headers, raw=text.encode())


def _again(call: Call) -> str:
    """The request that led here, so that answering a page repeats it."""
    return f"{call.request.path}?{urlencode(call.given)}"


def _form(action: str, *parts: str) -> str:
    return f'<form method="post" action="{escape(action)}">{"".join(parts)}</form>'


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'


def _accept(word: str) -> str:
    return f'<div class="row"><button class="main" name="consent" value="accept">{escape(word)}</button></div>'


def _cancel() -> str:
    return '<div class="row"><button name="cancel" value="cancel">Cancel</button></div>'


def _people(call: Call, hint: str) -> str:
    """Everybody who may sign in here, by directory; who is meant stands first."""
    shown = [person for person in call.book.people.values() if call.admits(person)]
    shown.sort(key=lambda person: person.preferred_username.casefold() != hint)
    directories = dict.fromkeys(person.directory for person in shown)
    return "".join(
        _directory(call, directory, (person for person in shown if person.directory == directory))
        for directory in directories
    )


def _directory(call: Call, directory: str, people: Iterable[Person]) -> str:
    heading = f"<h2>{escape(call.book.directories[directory].name)}</h2>" if call.directory in AUTOMATIC else ""
    return f'{heading}<ul class="people">{"".join(_choice(person) for person in people)}</ul>'


def _choice(person: Person) -> str:
    return (
        f'<li><button name="person" value="{escape(person.oid)}"><span class="name">{escape(person.name)}</span>'
        f'<span class="address">{escape(person.preferred_username)}</span>'
        f'<span class="note">{escape(_note(person))}</span></button></li>'
    )


def _note(person: Person) -> str:
    facts = [
        ", ".join(person.roles),
        "" if person.has_purview_role else "no role in Purview",
        f"in {len(person.groups)} groups" if len(person.groups) > MOST_GROUPS else "",
        "may consent for everybody" if person.may_consent else "",
        "" if person.is_enabled else "disabled",
    ]
    return " · ".join(fact for fact in facts if fact)


def _permissions(asked: Scopes) -> str:
    wanted = sorted(asked.permissions & {*PERMISSIONS})
    lines = [f"<li>{escape(MEANING[name])} <code>{escape(name)}</code></li>" for name in wanted]
    if "offline_access" in asked.words:
        lines.append("<li>Keep that access while nobody is there <code>offline_access</code></li>")
    lines.append("<li>Know who signs in <code>openid profile</code></li>")
    return f'<ul class="permissions">{"".join(lines)}</ul>'


def _organisation(call: Call, person: Person) -> str:
    return call.book.directories[person.directory].name
