"""What STORE, EXPUNGE and COPY come to: decided on what is true, said in records.

Rules:
    Called under the lock, with the boxes caught up.
"""

from collections.abc import Iterable, Sequence
from itertools import compress
from operator import ne

from mailmax.store.mailboxes.segments.columns import Columns, flag_table
from mailmax.store.mailboxes.segments.places import chosen, neighbours
from mailmax.store.mailboxes.segments.records import Add, Flags, Gone
from mailmax.store.mailboxes.values import Flag


def flag_changes(
    truth: Columns, positions: Sequence[int], mode: str, bits: int, words: Sequence[str]
) -> Sequence[int]:
    """Return the positions where a change of flags changes something."""
    table = flag_table(mode, bits)
    flags = truth.flags
    if not words and (mode != "=" or not truth.keywords):
        if isinstance(positions, range):
            return _changed_in(
                flags[positions.start : positions.stop], table, positions
            )
        return [place for place in positions if table[flags[place]] != flags[place]]
    spelt = {truth.spelling.get(word.lower(), word) for word in words}
    having = [truth.keywords.get(word, set()) for word in spelt]
    others = [uids for word, uids in truth.keywords.items() if word not in spelt]
    uids = truth.uids
    return [
        place
        for place in positions
        if table[flags[place]] != flags[place]
        or _words_change(uids[place], mode, having, others)
    ]


def _changed_in(old: bytearray, table: bytes, span: range) -> Sequence[int]:
    """Return the positions of a span where flags change; the span where all do."""
    differs = bytes(map(ne, old, old.translate(table)))
    return span if differs.count(1) == len(span) else list(compress(span, differs))


def _words_change(
    uid: int, mode: str, having: Sequence[set[int]], others: Sequence[set[int]]
) -> bool:
    if mode == "+":
        return any(uid not in uids for uids in having)
    if mode == "-":
        return any(uid in uids for uids in having)
    return any(uid not in uids for uids in having) or any(
        uid in uids for uids in others
    )


def split_conflicts(
    truth: Columns, positions: Sequence[int], unchanged_since: int | None
) -> tuple[Sequence[int], list[int]]:
    """Return the positions that may be changed, and the UIDs that may not."""
    if unchanged_since is None:
        return positions, []
    modseqs = truth.modseqs
    may = [place for place in positions if modseqs[place] <= unchanged_since]
    if len(may) == len(positions):
        return may, []
    return may, [
        truth.uids[place] for place in positions if modseqs[place] > unchanged_since
    ]


def flags_record(
    truth: Columns,
    places: Sequence[int],
    mode: str,
    bits: int,
    words: Sequence[str],
    modseq: int,
) -> Flags:
    """Return the record of a change of flags."""
    return Flags(modseq, mode, bits, tuple(words), chosen(truth.uids, places))


def marked(truth: Columns, uids: Sequence[int] | None) -> Sequence[int]:
    r"""Return the positions with \Deleted, all or among some UIDs; ascending."""
    flags = truth.flags
    if uids is not None:
        places = sorted(set(truth.positions(uids)))
        return neighbours([place for place in places if flags[place] & Flag.DELETED])
    table = bytes(bool(value & Flag.DELETED) for value in range(256))
    return neighbours(list(compress(range(len(flags)), flags.translate(table))))


def gone_record(truth: Columns, places: Sequence[int], modseq: int) -> Gone:
    """Return the record of a removal."""
    return Gone(modseq, chosen(truth.uids, places))


def copies(truth: Columns, places: Iterable[int], uid: int, modseq: int) -> list[Add]:
    """Return the records of copies: new numbers on the same octets."""
    adds = []
    has_words = bool(truth.keywords)
    for number, place in enumerate(places):
        adds.append(
            Add(
                uid + number,
                modseq + 1 + number,
                truth.flags[place],
                truth.dates[place],
                truth.sizes[place],
                truth.crcs[place],
                truth.places[place],
                truth.fragments[place],
                truth.fragment_sizes[place],
                None,
                truth.words_of(truth.uids[place]) if has_words else (),
            )
        )
    return adds
