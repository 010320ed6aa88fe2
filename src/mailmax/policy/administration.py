"""From where the system may be administered (manual 4.1, HUB-2).

Rules:
    A program of the DataMax computer always may, so nobody can lock himself out.

Manual: 2.2, 4.1.
"""

import ipaddress

from mailmax.settings.field import BadValue


def is_own_computer(peer: str, own: str) -> bool:
    """Tell whether a connection comes from the computer that it ends on.

    Args:
        peer: The IP address that it comes from.
        own: The IP address that it came to.
    """
    one, other = _plain(peer), _plain(own)
    return one is not None and (one.is_loopback or one == other)


def why_not_from_elsewhere(
    *, is_allowed: bool, has_first_password: bool
) -> BadValue | None:
    """Say why nobody may administer from another computer; None: it is allowed.

    Args:
        is_allowed: The setting.
        has_first_password: The host password is still the one of the set-up.
    """
    if not is_allowed:
        return BadValue(
            "remote_administration",
            "it is off: administrators are let in on the DataMax computer only",
            "switch it on there: mailmax config set remote_administration on",
        )
    if has_first_password:
        return BadValue(
            "host_password",
            "it is still the one of the set-up: until it is changed, administrators "
            "are let in on the DataMax computer only",
            "change it there: mailmax hostpassword",
        )
    return None


def _plain(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
