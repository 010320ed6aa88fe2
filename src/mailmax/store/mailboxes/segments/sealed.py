"""Fragments as they lie in their segments: behind each the CRC-32 of it.

Theory:
    A fragment is made of its body and can be made again (DESIGN 4), so nobody waits
    for it to reach the disk: only its body is synced before the record that names
    both. What a power cut took of it is told by the seal, and made anew by the first
    reader.
"""

import zlib

SEAL_OCTETS = 4


def seal(fragment: bytes) -> bytes:
    """Return what is written for a fragment."""
    return fragment + zlib.crc32(fragment).to_bytes(SEAL_OCTETS, "little")


def unseal(octets: bytes) -> bytes:
    """Return the fragment; empty when it is not what was written."""
    fragment = octets[:-SEAL_OCTETS]
    if zlib.crc32(fragment) != int.from_bytes(octets[-SEAL_OCTETS:], "little"):
        return b""
    return fragment
