"""From where the system may be administered (manual 4.1, HUB-2)."""

import pytest

from mailmax.policy.administration import is_own_computer, why_not_from_elsewhere


@pytest.mark.parametrize(
    ("peer", "own"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.7.7.7", "127.0.0.1"),
        ("::1", "::1"),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1"),
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::1%eth0"),
    ],
)
def test_the_own_computer_is_known_by_its_addresses(peer: str, own: str):
    assert is_own_computer(peer, own)


@pytest.mark.parametrize(
    ("peer", "own"),
    [
        ("192.0.2.8", "192.0.2.7"),
        ("192.0.2.8", "127.0.0.1"),
        ("2001:db8::1", "2001:db8::2"),
        ("", ""),
        ("@", "127.0.0.1"),
    ],
)
def test_any_other_is_elsewhere(peer: str, own: str):
    assert not is_own_computer(peer, own)


def test_the_switch_is_named_before_the_password():
    off = why_not_from_elsewhere(is_allowed=False, has_first_password=True)
    first = why_not_from_elsewhere(is_allowed=True, has_first_password=True)

    assert off is not None
    assert (off.field, "config set remote_administration on" in off.cure) == (
        "remote_administration",
        True,
    )
    assert first is not None
    assert (first.field, "mailmax hostpassword" in first.cure) == (
        "host_password",
        True,
    )
    assert why_not_from_elsewhere(is_allowed=True, has_first_password=False) is None
    assert why_not_from_elsewhere(is_allowed=False, has_first_password=False) == off
