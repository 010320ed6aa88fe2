"""Who a message says it is from: the addresses of its From fields.

Rules:
    Every From field counts, also one too many; encoded words are not decoded,
    for no address may hide in one (TRUST B5). What is no address is passed over.

Limits:
    The part of the header that is in memory (256 KiB at least), 100 addresses.

Standards:
    RFC 5322 §3.6.2.
"""

from collections.abc import Sequence
from itertools import islice

from mailmax.base.address import Address, lower_ascii
from mailmax.message import address_list
from mailmax.message.header import find_end, raw_fields, unfold
from mailmax.policy.names import canonical_domain

_MOST = 100


def authors_of(chunks: Sequence[bytes]) -> tuple[Address, ...]:
    """Return the authors, in order.

    Args:
        chunks: A message from its beginning.
    """
    octets = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    header = octets[: find_end(octets)]
    entries = (
        entry
        for name, value in raw_fields(header)
        if name.lower() == b"from"
        for entry in address_list.parse(unfold(value))
    )
    return tuple(
        Address(
            (entry.local or b"").decode("utf-8", "replace"),
            _domain(entry.domain.decode("utf-8", "replace")),
        )
        for entry in islice(entries, _MOST)
        if entry.domain
    )


def _domain(text: str) -> str:
    return canonical_domain(text) or lower_ascii(text)
