"""A certificate and its key, as an administrator pastes them."""

import re
from datetime import date
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.utils import timezone
from django.utils.translation import gettext as _

BLOCK = re.compile(r"-----BEGIN ([A-Z ]+)-----[A-Za-z0-9+/=:,\s-]+?-----END \1-----")
SHORTEST = 2048  # bits, which is Microsoft's limit too


class Unusable(ValueError):
    """Not what the portal can prove itself with. The text says what to give instead."""


class Read(NamedTuple):
    """What was pasted, taken apart."""

    certificate: str
    private_key: str
    ends_on: date


def read(text: str) -> Read:
    """A certificate and the RSA key it belongs to, in any order; of a chain the one that fits. Raises Unusable."""
    blocks = [(match[1], match[0]) for match in BLOCK.finditer(text)]
    certificates = [block for kind, block in blocks if kind == "CERTIFICATE"]
    key = next((block for kind, block in blocks if kind.endswith("PRIVATE KEY")), None)
    if not certificates or key is None:
        raise Unusable(_("Paste both: the certificate and its private key, each with its BEGIN and END line."))
    of_key = _key(key).public_key()
    fitting = [one for one in map(_certificate, certificates) if one.public_key() == of_key]
    if not fitting:
        raise Unusable(_("The private key does not belong to this certificate."))
    if fitting[0].not_valid_after_utc <= timezone.now():
        raise Unusable(_("This certificate has run out. Make a new one and upload it in Microsoft's portal."))
    pem = fitting[0].public_bytes(serialization.Encoding.PEM).decode().strip()
    return Read(pem, key, fitting[0].not_valid_after_utc.date())


def _certificate(block: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(block.encode())
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise Unusable(_("The certificate cannot be read.")) from exc


def _key(block: str) -> RSAPrivateKey:
    try:
        key = serialization.load_pem_private_key(block.encode(), password=None)
    except TypeError as exc:
        raise Unusable(_("The private key has a passphrase. Paste it without one; it is encrypted here.")) from exc
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise Unusable(_("The private key cannot be read.")) from exc
    if not isinstance(key, RSAPrivateKey) or key.key_size < SHORTEST:
        raise Unusable(_("Microsoft takes RSA keys of 2,048 bits or more."))
    return key
