"""Under which names a request may come (TRUST I9)."""

import pytest

from mailmax.webadmin.hosts import is_ours

NAMES = frozenset({"mail.a.test"})


@pytest.mark.parametrize(
    "host",
    [
        "mail.a.test", "MAIL.A.TEST", "mail.a.test.:8080", "localhost", "localhost:80",
        "127.0.0.1:8080", "[::1]", "[::1]:8080", "192.0.2.7",
    ],
)  # fmt: skip
def test_own_names_and_addresses_are_ours(host):
    assert is_ours(host, NAMES)


@pytest.mark.parametrize(
    "host",
    [
        "", "evil", "mail.a.test.evil", "evil.mail.a.test", "mail.a.test:80:80",
        "mail.a.test:x", "mail.a.test@evil", "[::1", "[::1]x", "localhost.evil",
        "127.0.0.1.evil", "mail.a.test,evil", "::1:80x",
    ],
)  # fmt: skip
def test_no_other_name_is(host):
    assert not is_ours(host, NAMES)
