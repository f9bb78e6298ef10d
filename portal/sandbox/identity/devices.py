"""Signing in a machine without a browser: a code is shown there and confirmed here."""

import secrets

from portal.sandbox.identity import pages, scopes
from portal.sandbox.identity.authorize import wants_consent
from portal.sandbox.identity.failures import JSON_HEADERS, Failure, consent_wanted
from portal.sandbox.identity.models import Device, Person
from portal.sandbox.identity.scopes import PERMISSIONS
from portal.sandbox.identity.tokens import forged_refusal
from portal.sandbox.identity.world import Call, seconds
from portal.sandbox.messages import Answer

LETTERS = "BCDFGHJKLMNPQRSTVWXZ23456789"
PATH = "common/oauth2/deviceauth"


def begin(call: Call) -> Answer:
    """A code for the machine and one for its person."""
    for forged in call.world.forgeries.on_answer("refused", endpoint="devicecode"):
        raise forged_refusal(forged)
    registration = call.registration()
    if not registration.is_public:
        raise Failure(
            "invalid_client", 7000218, "The app is not registered as one that may use device codes.", status=401
        )
    asked = scopes.read(call.need("scope"), call.request)
    user_code, device_code = "".join(secrets.choice(LETTERS) for _ in range(9)), secrets.token_urlsafe(48)
    lasts = call.options.device_seconds
    call.world.devices[device_code] = Device(
        user_code, registration.client_id, call.directory, asked.text, seconds() + lasts
    )
    call.world.note("device", client_id=registration.client_id, user_code=user_code, scope=asked.text)
    address = f"{call.request.root}/{PATH}"
    body = {
        "user_code": user_code,
        "device_code": device_code,
        "verification_uri": address,
        "expires_in": lasts,
        "interval": call.options.device_interval,
        "message": f"To sign in, use a web browser to open the page {address} and enter the code {user_code}.",
    }
    return Answer(200, body, headers=dict(JSON_HEADERS))


def confirm(call: Call) -> Answer:
    """The page: first the code, then the person, then whether it was meant."""
    code = call.given.get("user_code", "").strip().upper()
    if call.request.method != "POST" or not code:
        return pages.enter_code(call, code)
    device = _pending(call, code)
    if device is None:
        return pages.enter_code(call, code, is_wrong=True)
    try:
        return _decided(call, device)
    except Failure as failure:
        device.state = "declined"
        return pages.refusal(call, failure)


def _pending(call: Call, code: str) -> Device | None:
    found = (device for device in call.world.devices.values() if device.user_code == code)
    return next((one for one in found if one.state == "pending" and one.expires_at > seconds()), None)


def _decided(call: Call, device: Device) -> Answer:
    name = call.book.registrations[device.client_id].name
    if "cancel" in call.pressed:
        device.state = "declined"
        return pages.done(f"{name} was not signed in", "You may close this page.")
    if "person" not in call.pressed:
        return pages.choose_for_device(call, device)
    person = call.person(call.pressed["person"])
    asked = scopes.read(device.scope, call.request)
    consents = wants_consent(call, device.client_id, person, asked)
    if consents and not person.may_consent:
        raise consent_wanted(device.client_id, name, error="consent_required")
    if "consent" not in call.pressed:
        return pages.confirm_device(call, device, person, asked if consents else None)
    if consents:
        call.book.consent(device.client_id, person.directory, asked.permissions & {*PERMISSIONS})
        call.world.keep()
    return _approved(device, person, name)


def _approved(device: Device, person: Person, name: str) -> Answer:
    device.state, device.oid, device.auth_time = "approved", person.oid, seconds()
    return pages.done(f"{person.name} is signed in to {name} on the other device", "You may close this page.")
