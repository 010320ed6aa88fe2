"""TRUST catalogue, rows A3 and A4: what leaves us, and what passes between our parts.

Between parts mail is framed by its length: nothing in it ends it or begins another.
"""

import itertools

import pytest

from fix_filer import EVE, TIM, House
from fix_outbound import Office, RemoteServer
from mailmax.base.envelope import Recipient
from mailmax.policy.retry import Stage
from waiting import until

WRONG_ENDS = [
    b"\n.\n", b"\n.\r", b"\r.\n", b"\r.\r", b"\n.\r\n", b"\r.\r\n", b"\r\n.\r\r\n",
    b"\r\n\0.\r\n", b"\r\n.\n",
]  # fmt: skip
SMUGGLED = b"MAIL FROM:<evil@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\nevil\r\n.\r\n"


class ExactServer(RemoteServer):
    """Keeps what came between 354 and the one right end, octet by octet."""

    async def _content(self, reader) -> bytes:
        return b"\r\n" + await reader.readuntil(b"\r\n.\r\n")


@pytest.fixture
async def exact(office: Office):
    server = await ExactServer().start()
    office.smart_host(server)
    await office.open()
    yield server
    await office.close(0.2)
    await server.stop()


async def test_a3_no_body_ends_early_for_any_receiver(office, exact) -> None:
    bodies = [
        b"x" + b"".join(symbols) + SMUGGLED
        for length in range(1, 5)
        for symbols in itertools.product((b"\r", b"\n", b".", b"x"), repeat=length)
    ]
    for number, body in enumerate(bodies):
        office.post(f"a{number}@x.test", content=body)
    await until(lambda: len(exact.taken) == len(bodies))

    for mail in exact.taken:
        assert [one[:1] for one in mail.recipients] == ["a"]
        inside = mail.content[:-5]
        for end in (*WRONG_ENDS, b"\r\n.\r\n"):
            assert end not in inside
        lines = inside.count(b"\r\n")
        assert inside.count(b"\r") == inside.count(b"\n") == lines


@pytest.mark.parametrize("before", [0, 300_000, 1_000_000])
async def test_a3_content_with_nul_is_returned(office, exact, before: int) -> None:
    """Small or streamed; what comes behind it goes on."""
    line = b"x" * 98 + b"\r\n"
    body = line * (before // 100) + b"end\r\n\0.\r\n" + SMUGGLED
    office.post("a@x.test", content=body)
    await until(office.reported)
    office.post("c@x.test", content=b"good\r\n")
    await until(lambda: exact.taken)

    [(envelope, report)] = office.reported()
    assert envelope.recipients == (Recipient("me@here.test", notify="NEVER"),)
    assert b"Status: 5.6.3" in report
    assert b"(NUL)" in report
    await until(lambda: office.stage("a@x.test") in (None, Stage.RETURNED))
    [mail] = exact.taken
    assert mail.recipients == ["c@x.test"]


def test_a4_mail_is_filed_and_handed_on_octet_by_octet(filing_house: House) -> None:
    bodies = [
        b"Return-Path: <a@b.test>\r\nSubject: x\r\n\r\nFrom me\r\none" + wrong
        + SMUGGLED + b"From you\r\n\nFrom her\n\r" + bytes(range(256)) + b"\r"
        for wrong in WRONG_ENDS
    ]  # fmt: skip
    filing_house.start()
    recipients = Recipient(TIM.address, TIM.user_id), Recipient("far@x.test")
    for body in bodies:
        filing_house.promise(*recipients, body=body)
    filing_house.settle_with_queue()

    assert filing_house.inbox(TIM) == bodies
    assert filing_house.inbox(EVE) == []
    assert [handed for _, handed in filing_house.handed] == bodies
    for record, _ in filing_house.handed:
        assert record.envelope.recipients == recipients[1:]
