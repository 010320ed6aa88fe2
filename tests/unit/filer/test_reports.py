"""What a report to the sender looks at of the message it is about (TRUST K9)."""

from collections.abc import Iterator, Sequence

from fix_directory import Book
from mailmax.base.envelope import Envelope, Origin, Recipient
from mailmax.base.ids import UserId
from mailmax.base.units import KIB
from mailmax.filer import reports
from mailmax.filer.workflow import Filing
from mailmax.store.mailboxes.delivery import Delivery
from mailmax.store.mailboxes.values import NewMessage


class Pieces(Sequence[bytes]):
    """A body in pieces, and how many of them were looked at."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces
        self.seen = 0

    def __len__(self) -> int:
        return len(self._pieces)

    def __getitem__(self, place):
        return self._pieces[place]

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.seen += 1
            yield piece


def refused(body: bytes | Sequence[bytes]) -> bytes:
    """Return the report of a forwarded copy that a full box refused."""
    envelope = Envelope("sender@far.test", (), 1_700_000_000_000)
    message = NewMessage(body, 0, 0, b"", 0)
    filing = Filing(
        Delivery(UserId(7), "home", "", message),
        Recipient("tim@demo.test", 7),
        Origin(b"j" * 16, 1),
        envelope,
    )
    plan = reports.refused(filing, Book())
    return b"".join(plan.entries[0].chunks)


def test_the_header_of_a_body_in_pieces_is_in_the_report():
    report = refused(Pieces(b"Subject: in", b" two\r\n\r\nbody"))

    assert b"Subject: in two" in report
    assert b"body\r\n" not in report


def test_no_more_than_64_kib_of_all_pieces_are_looked_at():
    field = b"X-Field: " + b"x" * 60 + b"\r\n"
    first = field * (48 * KIB // len(field))
    pieces = Pieces(first, first, b"X-Late: field\r\n", b"\r\n")

    report = refused(pieces)

    assert refused((first + first)[: 64 * KIB]) == report
    assert pieces.seen == 2
