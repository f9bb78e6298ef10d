from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from portal.tenants.accounts.certificates import Unusable, read
from tests.portal.tenants.accounts.certs import certificate, key, pasted, pem


def test_a_certificate_and_its_key_are_read_in_any_order():
    mine, its_key = certificate(key()), pem(key())

    for text in (mine + its_key, its_key + "\r\n" + mine, f"Bag Attributes\n{mine}\nKey Attributes\n{its_key}"):
        assert read(text).certificate == mine.strip()
        assert read(text).private_key == its_key.strip()


def test_of_a_chain_the_certificate_is_taken_that_fits_the_key():
    leaf = certificate(key())

    assert read(leaf + certificate(key(number=1)) + pem(key())).certificate == leaf.strip()


def test_the_last_day_is_the_certificates_own():
    assert read(pasted(days=40)).ends_on == (datetime.now(UTC) + timedelta(days=40)).date()


def old_and_shut() -> str:
    head = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\n"
    return f"-----BEGIN RSA PRIVATE KEY-----\n{head}{'QUJD' * 16}\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Paste both"),
        (lambda: certificate(key()), "Paste both"),
        (lambda: pem(key()), "Paste both"),
        (lambda: certificate(key()) + pem(key(number=1)), "does not belong"),
        (lambda: certificate(key(), days=-1) + pem(key()), "has run out"),
        (lambda: certificate(key()) + pem(key(), "open sesame"), "passphrase"),
        (lambda: certificate(key(1024)) + pem(key(1024)), "2,048"),
        (lambda: certificate(key()) + pem(ec.generate_private_key(ec.SECP256R1())), "2,048"),
        (lambda: certificate(key()).replace("MII", "AAA", 1) + pem(key()), "certificate cannot be read"),
        (lambda: certificate(key()) + pem(key()).replace("MII", "AAA", 1), "key cannot be read"),
        (lambda: certificate(key()) + old_and_shut(), "passphrase"),
    ],
)
def test_anything_else_is_refused_with_what_to_give_instead(text, said):
    with pytest.raises(Unusable, match=said):
        read(text() if callable(text) else text)
