"""Test messages at the filer: handed out, found by every octet, or said why not."""

import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from fix_directory import DOMAIN, Book
from mailmax.base.ids import UserId
from mailmax.filer import probes
from mailmax.filer.probes import ProbeDesk
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.probes import (
    FiredRule,
    PostProbe,
    Probe,
    ProbeSeen,
    ProbeTaken,
    SeekProbe,
)
from mailmax.hub.contract.rows import MOVING, UserRow
from mailmax.message import structure
from mailmax.message.probe import RETURN_PATH
from mailmax.store.mailboxes.delivery import Delivery
from mailmax.store.mailboxes.memory.store import MemoryStore
from mailmax.store.mailboxes.values import NewMessage
from mailmax.store.spool.port import Entry

AT_MS = 1_700_000_000_000
TIM = UserRow(7, "tim@demo.test", "demo.test/ab/tim~7")
TEXT = RETURN_PATH + b"Subject: test\r\nAuto-Submitted: auto-generated\r\n\r\nHi.\r\n"
PROBE = Probe(7, TEXT, AT_MS)
DISCARD, INBOX = {"kind": "discard"}, {"kind": "store", "mailbox": "INBOX"}


@pytest.fixture
async def office(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(probes, "SOON_S", 0.0)
    found = SimpleNamespace(book=Book(TIM), store=MemoryStore(), given=[], handlers={})

    async def hand_out(entry: Entry) -> None:
        found.given.append(entry)

    found.hand_out = hand_out
    found.on_request = found.handlers.__setitem__
    desk = ProbeDesk(found, found.book, lambda: found.store, found)
    await desk.start()
    yield found
    await desk.stop()


def ask(office: Any, request: Any) -> Any:
    return office.handlers[type(request)](request)


def put(office: Any, text: bytes = TEXT, folder: str = "", at_ms: int = AT_MS) -> None:
    crc, fragment = zlib.crc32(text), structure.render(text)
    message = NewMessage(text, len(text), crc, fragment, at_ms)
    office.store.deliver([Delivery(UserId(7), TIM.home, folder, message)])


async def test_it_goes_to_the_queue_by_the_address_and_is_answered_by_nobody(office):
    taken = await ask(office, PostProbe(PROBE))

    ((entry,),) = (office.given,)
    envelope = entry.envelope
    assert taken == ProbeTaken()
    assert entry.chunks == (TEXT,)
    assert (envelope.reverse_path, envelope.received_at_ms) == ("", AT_MS)
    assert TEXT[envelope.return_path_octets :].startswith(b"Subject:")
    (recipient,) = envelope.recipients
    assert (recipient.address, recipient.user_id) == (TIM.address, 0)
    assert recipient.notify == "NEVER"


async def test_a_full_box_refuses_it(office):
    row = msgspec.structs.replace(TIM, box_limit_octets=len(TEXT))
    office.book.add(row)
    first = await ask(office, PostProbe(PROBE))
    put(office)
    second = await ask(office, PostProbe(PROBE))

    assert first == ProbeTaken()
    assert isinstance(second, Denied)
    assert (second.kind, second.reason) == ("conflict", "the mailbox is full")


async def test_it_is_found_by_every_octet_and_nothing_else_is_shown(office):
    """TRUST I2: another message of the same time and size is nobody's to read here."""
    other = TEXT.replace(b"Hi.", b"Ho.")
    put(office, other)
    put(office, TEXT, at_ms=AT_MS + 1)
    missed = await ask(office, SeekProbe(PROBE))
    put(office, TEXT, "Kept/deep")
    found = await ask(office, SeekProbe(PROBE))

    assert missed == ProbeSeen("waiting")
    assert found == ProbeSeen("delivered", "Kept/deep", 1, octets=TEXT)


async def test_nothing_is_made_for_who_has_no_mail(office):
    assert await ask(office, SeekProbe(PROBE, 50)) == ProbeSeen("waiting")
    assert await ask(office, SeekProbe(Probe(8, TEXT, AT_MS))) == ProbeSeen("removed")
    assert not office.store.usage(UserId(7), TIM.home).messages


async def test_rules_of_every_level_are_named(office):
    office.book.rule(1, actions=[{"kind": "forward", "addresses": ["far@far.test"]}])
    office.book.rule(2, of=DOMAIN, actions=[DISCARD])
    office.book.rule(3, of=TIM, actions=[DISCARD])

    seen = await ask(office, SeekProbe(PROBE))

    fired = [("system", "rule 1"), ("domain", "rule 2"), ("user", "rule 3")]
    rules = tuple(FiredRule(*one) for one in fired)
    assert seen == ProbeSeen("diverted", reason="forwarded", rules=rules)


async def test_what_a_rule_stores_is_kept_although_it_is_forwarded(office):
    office.book.forward(TIM, "far@far.test", keeps=False)
    alone = await ask(office, SeekProbe(PROBE))
    office.book.rule(1, of=TIM, actions=[INBOX])
    both = await ask(office, SeekProbe(PROBE))

    assert (alone.state, alone.reason) == ("diverted", "forwarded")
    assert alone.addresses == ("far@far.test",)
    assert both == ProbeSeen("waiting")


async def test_what_it_waits_for_is_told(office, tmp_path: Path):
    test = {"kind": "external_test", "command": f"{tmp_path}/x %M"}
    office.book.rule(1, of=TIM, conditions=[test], actions=[DISCARD])
    program = await ask(office, SeekProbe(PROBE))
    office.book.flag(TIM, MOVING)
    moving = await ask(office, SeekProbe(PROBE))

    assert program == ProbeSeen("waiting", reason="program")
    assert moving == ProbeSeen("waiting", reason="moving")
