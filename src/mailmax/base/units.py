"""Octets, times and numbers as people write and read them."""

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

MINUTE_S = 60
HOUR_S = 60 * MINUTE_S
DAY_S = 24 * HOUR_S


def counted(count: int, noun: str) -> str:
    """Write how many: ``1 user``, ``2 users``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def shown_octets(octets: int) -> str:
    """Write a size in the unit that shows something of it."""
    for unit, name in ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
        if octets >= unit:
            return f"{octets / unit:.1f} {name}"
    return counted(octets, "octet")
