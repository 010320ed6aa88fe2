"""The quarantine, looked after by requests and by its limits."""

import asyncio
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mailmax.base.envelope import Envelope, Origin, Recipient, Wishes
from mailmax.base.errors import TemporaryFailure
from mailmax.base.virus import Finding, facts_of
from mailmax.filer import quarantine_desk
from mailmax.filer.quarantine_desk import QuarantineDesk
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.quarantine import (
    ListQuarantine,
    ReadQuarantine,
    SteerQuarantine,
)
from mailmax.store import disk, quarantine
from mailmax.store.quarantine import Quarantine
from mailmax.store.spool.port import Entry
from waiting import until

AT_MS = 1_700_000_000_000


class Hub:
    """Settings and handlers by hand."""

    def __init__(self) -> None:
        self.values = {
            "quarantine_days": 3650,
            "quarantine_octets": 10**9,
            "quarantine_messages": 100,
        }
        self.tables = SimpleNamespace(setting=lambda key: self.values[key])
        self.handlers: dict[Any, Any] = {}
        self.callbacks: list[Any] = []

    def on_request(self, kind: Any, handler: Any) -> None:
        self.handlers[kind] = handler

    def on_tables(self, callback: Any) -> None:
        self.callbacks.append(callback)

    async def ask(self, request: Any) -> Any:
        return await self.handlers[type(request)](request)

    def set(self, key: str, value: int) -> None:
        self.values[key] = value
        for callback in self.callbacks:
            callback()


class Out:
    """What was given to QueueMax."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.is_broken = False

    async def hand_out(self, entry: Entry) -> None:
        if self.is_broken:
            raise TemporaryFailure("no room")
        self.entries.append(entry)


@pytest.fixture
async def office(tmp_path: Path):
    found = SimpleNamespace(quarantine=Quarantine(tmp_path / "q"), hub=Hub(), out=Out())
    found.desk = QuarantineDesk(found.quarantine, found.out, found.hub)
    await found.desk.start()
    yield found
    await found.desk.stop()


def keep(office: Any, number: int, size: int = 10) -> str:
    to = (Recipient("c@d.test", 7, "Box", "SUCCESS"), Recipient("e@f.test"))
    facts = {"other": "x", **facts_of(Finding("infected", "Evil"))}
    envelope = Envelope(
        "a@b.test",
        to,
        AT_MS + number,
        facts=facts,
        wishes=Wishes(envelope_id="E", hold_until_ms=AT_MS + 10**9),
    )
    body = b"x" * size
    why = "infected", "Evil"
    return office.quarantine.keep(Origin(b"j" * 16, number), envelope, body, why)


async def test_it_is_listed_in_pages(office: Any) -> None:
    made = [keep(office, n) for n in range(3)]

    page = await office.hub.ask(ListQuarantine(limit=2))
    rest = await office.hub.ask(ListQuarantine(after=page.next))

    assert [row.item_id for row in (*page.rows, *rest.rows)] == made
    assert page.rows[0].recipients == ("c@d.test", "e@f.test")
    assert rest.next == ""


async def test_one_is_shown_and_read_in_pieces(office: Any, monkeypatch) -> None:
    monkeypatch.setattr(quarantine_desk, "PIECE_OCTETS", 7)
    item_id = keep(office, 1)

    (row,) = (await office.hub.ask(ListQuarantine(item_id=item_id))).rows
    first = await office.hub.ask(ReadQuarantine(item_id))
    rest = await office.hub.ask(ReadQuarantine(item_id, 7))

    assert row.words == "Evil"
    assert (first.octets, rest.octets, first.size_octets) == (b"x" * 7, b"x" * 3, 10)
    for request in (ListQuarantine(item_id="no"), ReadQuarantine("no")):
        assert isinstance(await office.hub.ask(request), Denied)


async def test_what_is_released_goes_out_once_and_leaves(office: Any) -> None:
    item_id = keep(office, 1)

    done = await office.hub.ask(SteerQuarantine("release", (item_id, "no"), "root"))

    assert (done.messages, done.missing) == (1, ("no",))
    [entry] = office.out.entries
    envelope = entry.envelope
    assert [(r.address, r.user_id, r.folder) for r in envelope.recipients] == [
        ("c@d.test", 0, ""),
        ("e@f.test", 0, ""),
    ]
    assert envelope.recipients[0].notify == "SUCCESS"
    assert envelope.facts == {"other": "x"}
    assert envelope.origin not in (None, Origin(b"j" * 16, 1))
    assert envelope.wishes == Wishes(envelope_id="E")
    assert b"".join(entry.chunks) == b"x" * 10
    assert office.quarantine.ids() == []


async def test_what_cannot_be_handed_out_stays(office: Any) -> None:
    item_id = keep(office, 1)
    office.out.is_broken = True
    with pytest.raises(TemporaryFailure):
        await office.hub.ask(SteerQuarantine("release", (item_id,), "root"))
    assert office.quarantine.ids() == [item_id]

    office.out.is_broken = False
    await office.hub.ask(SteerQuarantine("release", (item_id,), "root"))
    assert len(office.out.entries) == 1


async def test_what_cannot_be_read_stays(office: Any) -> None:
    """Damaged, or by a disk that fails for a moment: it was given to nobody."""
    item_id, other = keep(office, 1), keep(office, 2)
    facts = office.quarantine.directory / f"{item_id}.json"
    whole = facts.read_bytes()
    facts.write_bytes(whole[:20])

    done = await office.hub.ask(SteerQuarantine("release", (item_id, other), "root"))
    assert (done.messages, done.missing) == (1, (item_id,))
    assert office.quarantine.ids() == [item_id]

    facts.write_bytes(whole)
    await office.hub.ask(SteerQuarantine("release", (item_id,), "root"))
    assert len(office.out.entries) == 2


async def test_deleting_and_too_many_ids(office: Any) -> None:
    item_id = keep(office, 1)
    done = await office.hub.ask(SteerQuarantine("delete", (item_id, item_id), "root"))
    assert done.messages == 1
    assert office.quarantine.ids() == []

    answer = await office.hub.ask(SteerQuarantine("delete", ("x",) * 1001, "root"))
    assert isinstance(answer, Denied)


async def test_a_changed_limit_acts_at_once(office: Any) -> None:
    made = [keep(office, n, size=100) for n in range(3)]
    office.hub.set("quarantine_octets", 150)
    await until(lambda: office.quarantine.ids() == made[2:])
    made.append(keep(office, 3))
    office.hub.set("quarantine_messages", 1)
    await until(lambda: office.quarantine.ids() == made[3:])
    office.hub.set("quarantine_days", 1)
    await until(lambda: office.quarantine.ids() == [])


async def test_a_long_sweep_keeps_nobody_waiting(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each removal takes its time, and all of them longer than anybody waits."""
    monkeypatch.setattr(quarantine_desk, "SWEPT_AT_ONCE", 2)
    monkeypatch.setattr(quarantine, "SWEPT_AT_ONCE", 2)
    office.desk._hand._patience_s = 0.5
    troubles: list[str] = []
    office.desk.on_trouble(lambda: troubles.append(office.desk.trouble()))
    made = [keep(office, n) for n in range(40)]
    real = disk.unlink

    def unlink(path: Path) -> None:
        time.sleep(0.01)
        real(path)

    monkeypatch.setattr(disk, "unlink", unlink)
    office.hub.set("quarantine_messages", 1)
    await until(lambda: office.quarantine.ids() == made[-1:])

    assert troubles == []


async def test_a_clock_that_jumped_deletes_nothing(office: Any, monkeypatch) -> None:
    item_id = keep(office, 1)
    real = quarantine_desk.time.time
    monkeypatch.setattr(
        quarantine_desk,
        "time",
        SimpleNamespace(
            time=lambda: real() + 10**9, monotonic=quarantine_desk.time.monotonic
        ),
    )
    assert office.desk._oldest_ms(1) is None
    assert office.quarantine.ids() == [item_id]


async def test_a_page_fits_into_a_frame(office: Any, monkeypatch) -> None:
    made = [keep(office, n) for n in range(5)]
    monkeypatch.setattr(quarantine_desk, "MOST_PAGE_OCTETS", 200)

    seen, after = [], ""
    while True:
        page = await office.hub.ask(ListQuarantine(after=after))
        assert len(page.rows) < 5
        seen += [row.item_id for row in page.rows]
        after = page.next
        if not after:
            break

    assert seen == made


@pytest.mark.parametrize(("octets", "together"), [(1 << 20, 40), (95, 9)])
async def test_many_are_released_together(
    office: Any, monkeypatch: pytest.MonkeyPatch, octets: int, together: int
) -> None:
    """The filer hands over at once what is asked of it at once, while it is not much.

    Each has ten octets.
    """
    monkeypatch.setattr(quarantine_desk, "HELD_OCTETS", octets)
    made = [keep(office, n) for n in range(40)]
    waiting: list[Entry] = []
    most = 0

    async def hand_out(entry: Entry) -> None:
        nonlocal most
        waiting.append(entry)
        await asyncio.sleep(0)
        most = max(most, len(waiting))
        waiting.remove(entry)
        office.out.entries.append(entry)

    office.out.hand_out = hand_out
    done = await office.hub.ask(SteerQuarantine("release", tuple(made), "root"))

    assert (done.messages, done.missing) == (40, ())
    assert most == together
    assert len(office.out.entries) == 40
    assert not office.quarantine.ids()
