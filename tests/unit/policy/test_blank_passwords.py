"""Users without a password: never by SMTP, and open to trusted addresses only."""

import pytest

from mailmax.policy.blank_passwords import Entry, may_enter


@pytest.mark.parametrize(
    ("policy", "service", "is_trusted", "entry"),
    [
        ("disable", "imap", True, Entry.REFUSED),
        ("fill", "imap", False, Entry.FILLING),
        ("fill", "pop3", False, Entry.FILLING),
        ("fill", "smtp", True, Entry.REFUSED),
        ("none", "imap", True, Entry.OPEN),
        ("none", "pop3", False, Entry.REFUSED),
        ("none", "smtp", True, Entry.REFUSED),
    ],
)
def test_who_enters(policy, service, is_trusted, entry):
    assert may_enter(policy, service, is_trusted=is_trusted) is entry
