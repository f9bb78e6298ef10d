"""G19: a million entries are checked within a minute, on one core."""

import time

from portal.audit.verify_audit import verify
from tests.portal.audit.exports import honest

COUNT = 50_000
A_MILLION = 60  # seconds


def test_verify_is_quick_enough_for_a_million_entries():
    lines = list(honest(COUNT))
    began = time.process_time()

    report = verify(lines)

    assert report.entries == COUNT
    assert time.process_time() - began < A_MILLION * COUNT / 1_000_000
