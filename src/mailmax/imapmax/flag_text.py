r"""Flags of many messages as text, from columns.

Theory:
    A message's system flags are one octet, an index into 64 texts that are rendered
    already. Keywords are sets of UIDs, mostly empty: only messages that have one cost
    more.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from mailmax.store.mailboxes.port import Mailbox
from mailmax.wire.imap.types.flags import FLAG_NAMES, RENDERED

_RECENT = bytes(bits | 32 for bits in range(256))


def flag_texts(
    mailbox: Mailbox, positions: Sequence[int], recent_from: int
) -> list[bytes]:
    r"""Return the flags of messages at ascending positions, without parentheses."""
    bits = pick_octets(mailbox.flags, positions)
    first_recent = bisect_left(mailbox.uids, recent_from)
    if positions and positions[-1] >= first_recent:
        old = bisect_left(positions, first_recent)
        bits = bits[:old] + bits[old:].translate(_RECENT)
    texts = list(map(RENDERED.__getitem__, bits))
    if mailbox.keywords:
        _add_keywords(mailbox, positions, texts)
    return texts


def _add_keywords(
    mailbox: Mailbox, positions: Sequence[int], texts: list[bytes]
) -> None:
    uids = [mailbox.uids[position] for position in positions]
    wanted = set(uids)
    for keyword, having in sorted(mailbox.keywords.items()):
        there = wanted & having
        if there:
            name = keyword.encode("ascii", "replace")
            for at, uid in enumerate(uids):
                if uid in there:
                    texts[at] = texts[at] + b" " + name if texts[at] else name


def known_flags(keywords: Iterable[str]) -> bytes:
    """Return the list of the FLAGS response, without parentheses."""
    names = [*FLAG_NAMES, *sorted(keywords)]
    return " ".join(names).encode("ascii", "replace")


def pick_octets(column: bytearray, positions: Sequence[int]) -> bytes:
    """Return octets of a column; a slice where positions are a range."""
    if isinstance(positions, range):
        return bytes(column[positions.start : positions.stop])
    return bytes(map(column.__getitem__, positions))
