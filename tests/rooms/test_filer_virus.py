"""What the filer does with mail that a virus was found in (manual 4.11)."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fix_clamd import EICAR, with_attachment
from fix_filer import EVE, TIM, House
from mailmax.base.envelope import Client, Envelope, Origin, Recipient
from mailmax.base.errors import StorageFull, TemporaryFailure
from mailmax.base.homeward import sent_home
from mailmax.base.virus import Finding, facts_of
from mailmax.hub.contract.rows import UNCHECKED, DomainRow
from mailmax.message.part import scan
from mailmax.message.scannable import pieces
from mailmax.policy.copies import MOST
from mailmax.store import disk
from mailmax.store.queue.entry import make_targets
from mailmax.store.spool.port import Entry
from waiting import wait_for

HEAD = b"Return-Path: <ada@example.org>\r\n"
BODY = HEAD + with_attachment()
EVIL = Finding("infected", "Evil.Virus", parts=(2,))


@pytest.fixture
def house(filing_house: House) -> House:
    filing_house.start()
    return filing_house


def infected(
    house: House,
    *recipients: Recipient,
    finding: Finding = EVIL,
    **more: Any,
) -> None:
    to = recipients or (Recipient(TIM.address, TIM.user_id),)
    house.promise(*to, body=BODY, facts=facts_of(finding), **more)
    house.settle_with_queue()


def kept(house: House) -> list:
    return [house.quarantine.find(one) for one in house.quarantine.ids()]


def test_with_no_action_chosen_it_is_kept_and_not_delivered(house: House) -> None:
    infected(house)

    assert house.inbox(TIM) == []
    [one] = kept(house)
    assert (one.verdict, one.words) == ("infected", "Evil.Virus")
    assert one.envelope.reverse_path == "ada@example.org"
    assert [r.address for r in one.envelope.recipients] == [TIM.address]
    assert house.quarantine.read(one.item_id) == BODY


def test_clean_mail_passes(house: House) -> None:
    infected(house, finding=Finding("clean"))

    assert house.inbox(TIM) == [BODY]
    assert kept(house) == []


def test_nothing_goes_out(house: House) -> None:
    infected(
        house,
        Recipient("x@far.test"),
        finding=EVIL._replace(is_outbound=True),
    )

    assert house.handed == []
    assert len(kept(house)) == 1


def test_those_who_are_spared_get_it_as_it_is(house: House) -> None:
    house.book.flag(TIM, UNCHECKED)
    infected(
        house,
        Recipient(TIM.address, TIM.user_id),
        Recipient(EVE.address, EVE.user_id),
        Recipient("x@far.test"),
        finding=EVIL._replace(spared=(0, 2)),
    )

    assert house.inbox(TIM) == [BODY]
    assert house.inbox(EVE) == []
    [(record, body)] = house.handed
    assert [one.address for one in record.envelope.recipients] == ["x@far.test"]
    assert body == BODY
    [one] = kept(house)
    assert [r.address for r in one.envelope.recipients] == [EVE.address]


def test_no_forward_brings_it_to_who_is_checked(house: House) -> None:
    house.book.flag(TIM, UNCHECKED)
    house.book.forward(TIM, EVE.address)
    infected(
        house,
        Recipient(TIM.address, TIM.user_id),
        Recipient("b@far.test"),
        finding=EVIL._replace(spared=(0,)),
    )

    assert house.inbox(TIM) == [BODY]
    assert house.inbox(EVE) == []


def test_who_forwards_to_who_is_checked_and_keeps_no_copy_gets_it(
    house: House,
) -> None:
    house.book.flag(TIM, UNCHECKED)
    house.book.forward(TIM, EVE.address, keeps=False)
    infected(
        house,
        Recipient(TIM.address, TIM.user_id),
        Recipient("b@far.test"),
        finding=EVIL._replace(spared=(0,)),
    )

    assert house.inbox(TIM) == [BODY]
    assert house.inbox(EVE) == []


def test_who_was_promised_it_gets_it_whatever_is_set_since(house: House) -> None:
    infected(
        house,
        Recipient(TIM.address, TIM.user_id),
        Recipient(EVE.address, EVE.user_id),
        finding=EVIL._replace(spared=(0,)),
    )

    assert house.inbox(TIM) == [BODY]
    assert house.inbox(EVE) == []


@pytest.mark.parametrize("outbound", [False, True])
def test_the_quarantine_address_gets_it_by_direction(house: House, outbound) -> None:
    house.book.set("virus_quarantine_to", EVE.address)
    house.book.set("virus_quarantine_out", outbound)
    house.book.set("virus_quarantine_in", not outbound)
    infected(house, finding=EVIL._replace(is_outbound=not outbound))
    assert house.inbox(EVE) == []
    assert len(kept(house)) == 1

    infected(house, finding=EVIL._replace(is_outbound=outbound))
    assert house.inbox(EVE) == [with_attachment()]
    assert house.inbox(TIM) == []
    assert len(kept(house)) == 1


def test_a_quarantine_address_elsewhere(house: House) -> None:
    house.book.set("virus_quarantine_to", "lab@far.test")
    house.book.set("virus_quarantine_in", True)
    infected(house)

    [(record, body)] = house.handed
    assert [one.address for one in record.envelope.recipients] == ["lab@far.test"]
    assert record.envelope.reverse_path == ""
    assert body.endswith(with_attachment())
    assert kept(house) == []


def test_a_quarantine_address_that_nobody_has_loses_nothing(house: House) -> None:
    house.book.set("virus_quarantine_to", "nobody@demo.test")
    house.book.set("virus_quarantine_in", True)
    infected(house)

    assert len(kept(house)) == 1


def test_to_disinfect_delivers_the_rest(house: House) -> None:
    house.book.set("virus_disinfect", True)
    house.book.answer(TIM)
    infected(house, Recipient(TIM.address, TIM.user_id), Recipient("x@far.test"))

    [mail] = house.inbox(TIM)
    [(record, sent)] = house.handed
    assert sent == mail
    assert [one.address for one in record.envelope.recipients] == ["x@far.test"]
    mark = b"X-MailMax-Virus: cleaned, Evil.Virus was found\r\n"
    assert mail.startswith(HEAD + mark + b"From: bob@far.test\r\n")
    shown = [one.octets for one in pieces(scan(mail), "all", 20)]
    assert shown[0] == b"hello"
    assert b"removed: eicar.com" in shown[1]
    assert EICAR not in b"".join(shown)
    assert [house.quarantine.read(one.item_id) for one in kept(house)] == [BODY]


def test_what_cannot_be_disinfected_is_kept(house: House) -> None:
    house.book.set("virus_disinfect", True)
    infected(house, finding=EVIL._replace(parts=()))

    assert house.inbox(TIM) == []
    assert len(kept(house)) == 1


def test_an_administrator_is_alerted(house: House) -> None:
    house.book.set("virus_alert_to", EVE.address)
    infected(house, client=Client("192.0.2.7", "bad.example"))

    [alert] = house.inbox(EVE)
    for words in (
        b"Subject: Virus found\r\n",
        b"Auto-Submitted: auto-generated\r\n",
        b"Evil.Virus",
        b"ada@example.org",
        b"192.0.2.7",
        TIM.address.encode(),
        kept(house)[0].item_id.encode(),
    ):
        assert words in alert


def test_alerts_are_not_endless(house: House) -> None:
    house.book.set("virus_alert_to", EVE.address)
    for _ in range(70):
        house.promise(
            Recipient(TIM.address, TIM.user_id), body=BODY, facts=facts_of(EVIL)
        )
    house.settle()

    assert len(house.inbox(EVE)) == 60
    assert len(kept(house)) == 70


def test_only_who_has_logged_in_is_told_as_sender(house: House) -> None:
    """A forged reverse-path is told nothing (TRUST K4)."""
    house.book.set("virus_notify_sender", True)
    infected(house, reverse_path=EVE.address)
    infected(house, reverse_path="victim@far.test")
    assert house.inbox(EVE) == []
    assert house.handed == []

    infected(
        house,
        finding=EVIL._replace(is_outbound=True),
        client=Client("192.0.2.7", user_id=EVE.user_id),
        reverse_path="victim@far.test",
    )
    [told] = house.inbox(EVE)
    assert b"A virus was found in mail from you" in told
    assert house.handed == []


def test_recipients_here_are_told_a_few_times(house: House) -> None:
    house.book.set("virus_notify_recipient", True)
    for _ in range(12):
        house.promise(
            Recipient(TIM.address, TIM.user_id),
            Recipient("x@far.test"),
            body=BODY,
            facts=facts_of(EVIL),
        )
    house.settle_with_queue()

    told = house.inbox(TIM)
    assert len(told) == 10
    assert all(b"A virus was found in mail for you" in one for one in told)
    assert all(EICAR not in one for one in told)
    assert house.handed == []


def test_what_nobody_could_look_at_is_marked_and_copied(house: House) -> None:
    blind = Finding("unscanned", "it is too large")
    infected(house, finding=blind)
    mark = b"X-MailMax-Virus: not checked, it is too large\r\n"
    assert house.inbox(TIM) == [HEAD + mark + with_attachment()]
    [one] = kept(house)
    assert one.verdict == "unscanned"

    house.book.set("virus_unscanned", "pass")
    infected(house, finding=blind)
    assert len(house.inbox(TIM)) == 2
    assert len(kept(house)) == 1

    house.book.set("virus_unscanned", "refuse")  # it was taken for others' sake
    infected(house, finding=blind)
    assert len(house.inbox(TIM)) == 2
    assert len(kept(house)) == 2


def test_copies_of_what_nobody_could_look_at_are_few(house: House) -> None:
    for _ in range(MOST + 5):
        house.promise(
            Recipient(TIM.address, TIM.user_id),
            body=BODY,
            facts=facts_of(Finding("unscanned", "it is too large")),
        )
    house.settle_with_queue()

    assert len(house.inbox(TIM)) == MOST + 5
    assert len(kept(house)) == MOST


def test_a_copy_that_cannot_be_kept_holds_nothing_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: Any) -> str:
        raise StorageFull("no room")

    monkeypatch.setattr(house.quarantine, "keep", full)
    infected(house, finding=Finding("unscanned", "it is too large"))

    assert len(house.inbox(TIM)) == 1


def test_what_the_scanner_failed_to_see_is_marked(house: House) -> None:
    infected(house, finding=Finding("failed", "the scanner failed: gone"))
    mark = b"X-MailMax-Virus: not checked, the scanner failed: gone\r\n"
    assert house.inbox(TIM) == [HEAD + mark + with_attachment()]
    assert kept(house) == []


def test_the_external_check_may_discard(house: House) -> None:
    external = EVIL._replace(is_external=True, parts=())
    infected(house, finding=external)
    assert len(kept(house)) == 1

    house.book.set("external_infected", "discard")
    infected(house, finding=external)
    infected(house, finding=EVIL)
    assert len(kept(house)) == 2
    assert house.inbox(TIM) == []


def test_a_domain_that_passes_mail_on(house: House) -> None:
    house.book.add_domain(DomainRow(9, "far.test", "etrn"))
    infected(house, Recipient("x@far.test"))

    assert house.handed == []
    assert len(kept(house)) == 1


def test_a_replay_changes_nothing(house: House, monkeypatch) -> None:
    house.book.set("virus_disinfect", True)
    house.book.set("virus_notify_recipient", True)
    house.stop()
    house.start()
    house.promise(Recipient(TIM.address, TIM.user_id), body=BODY, facts=facts_of(EVIL))
    house.let_it_go_round()
    before = house.inbox(TIM), kept(house)
    house.cut_power(monkeypatch)
    house.start()
    house.settle()

    assert (house.inbox(TIM), kept(house)) == before
    assert len(before[0]) == 2


def handed(house: House) -> int:
    house.handed += house.handed_over()
    return len(house.handed)


class FullDisk:
    """A quarantine that has no room until it is told so."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_full = True
        self._keep = house.quarantine.keep
        monkeypatch.setattr(house.quarantine, "keep", self.keep)

    def keep(self, *given: Any) -> str:
        if self.is_full:
            raise StorageFull("no room")
        return self._keep(*given)


def test_what_cannot_be_kept_waits_by_itself(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = FullDisk(house, monkeypatch)
    infected(house, Recipient(TIM.address, TIM.user_id), Recipient("x@far.test"))
    house.send(TIM, body=b"Return-Path: <>\r\n\r\nclean")
    house.settle_with_queue()

    assert house.inbox(TIM) == [b"Return-Path: <>\r\n\r\nclean"]
    [(waiting, body)] = house.handed
    envelope = waiting.envelope
    assert envelope.reverse_path == ""  # whatever comes of it, nobody hears of it
    assert all(one.user_id for one in envelope.recipients)  # so it is sent nowhere
    assert body == BODY

    house.give_back(waiting, body)
    wait_for(lambda: handed(house) == 2)
    disk.is_full = False
    first, second = (record.envelope for record, _ in house.handed)
    assert first.recipients != second.recipients  # or the queue would know it
    house.give_back(*house.handed[1])

    wait_for(lambda: kept(house))
    [one] = kept(house)
    assert house.quarantine.read(one.item_id) == BODY
    assert one.envelope.reverse_path == "ada@example.org"
    assert [r.address for r in one.envelope.recipients] == [TIM.address, "x@far.test"]
    assert len(house.inbox(TIM)) == 1


class HangingDisk:
    """A quarantine whose disk answers nothing until it is back: no error either."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_back = threading.Event()
        self.asked = 0
        self._directory = house.quarantine.directory
        self._open = disk.open
        monkeypatch.setattr(disk, "open", self.open)

    def open(self, path: Any, *given: Any) -> int:
        if Path(path).is_relative_to(self._directory):
            self.asked += 1
            self.is_back.wait()
        return self._open(path, *given)


@pytest.fixture
def hanging(
    filing_house: House, monkeypatch: pytest.MonkeyPatch
) -> Iterator[HangingDisk]:
    monkeypatch.setattr("mailmax.net.hand.PATIENCE_S", 1.0)
    found = HangingDisk(filing_house, monkeypatch)
    filing_house.start()
    yield found
    found.is_back.set()


def test_a_quarantine_that_never_answers_holds_up_nobody(
    filing_house: House, hanging: HangingDisk
) -> None:
    house = filing_house
    for n in range(20):
        house.promise(
            Recipient(TIM.address, TIM.user_id), body=BODY, facts=facts_of(EVIL)
        )
        house.send(EVE, body=b"Return-Path: <>\r\n\r\nclean %d" % n)
    house.settle_with_queue()

    assert len(house.inbox(EVE)) == 20
    assert len(house.handed) == 20
    assert hanging.asked == 1, "it holds one hand, whatever there is to be kept"
    assert house.filer is not None
    assert house.filer.trouble() == "the quarantine does not answer"

    hanging.is_back.set()
    wait_for(lambda: not house.filer.trouble())
    assert kept(house) == [], "what waits in the queue is not here as well"
    for one in list(house.handed):
        house.give_back(*one)
    wait_for(lambda: len(house.quarantine.ids()) == 20)
    house.settle_with_queue()
    assert house.filer.trouble() == ""
    assert house.inbox(TIM) == []
    assert len(house.handed) == 20


def test_a_quarantine_that_hangs_when_it_is_synced(
    filing_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was kept goes to the queue, and is kept once more: under its name."""
    house, is_back = filing_house, threading.Event()
    monkeypatch.setattr("mailmax.net.hand.PATIENCE_S", 1.0)
    sync = house.quarantine.sync
    monkeypatch.setattr(
        house.quarantine, "sync", lambda ids: is_back.wait() and sync(ids)
    )
    house.start()
    try:
        infected(house)
        house.send(EVE)
        house.settle_with_queue()
        assert len(house.inbox(EVE)) == 1
    finally:
        is_back.set()
    wait_for(lambda: not house.filer.trouble())

    [one] = kept(house)
    house.give_back(*house.handed[0])
    house.let_it_go_round()

    assert kept(house) == [one]
    assert len(house.handed) == 1


def test_a_quarantine_that_refuses_is_told(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = FullDisk(house, monkeypatch)
    told: list[str] = []
    filer = house.filer
    assert filer is not None
    filer.on_trouble(lambda: told.append(filer.trouble()))
    infected(house)
    disk.is_full = False
    infected(house)

    assert told == ["quarantine: no room", ""]


def test_who_is_spared_does_not_wait_for_the_quarantine(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    FullDisk(house, monkeypatch)
    house.book.flag(TIM, UNCHECKED)
    infected(
        house,
        Recipient(TIM.address, TIM.user_id),
        Recipient(EVE.address, EVE.user_id),
        finding=EVIL._replace(spared=(0,)),
    )

    assert house.inbox(TIM) == [BODY]
    assert house.inbox(EVE) == []
    assert len(house.handed) == 1


def test_what_comes_home_infected_is_kept_from_forwards(house: House) -> None:
    """It was held for another server, or for its time, and spared."""
    house.book.flag(TIM, UNCHECKED)
    house.book.forward(TIM, EVE.address)
    envelope = Envelope(
        "ada@example.org",
        (Recipient(TIM.address),),
        1_700_000_000_000,
        facts=facts_of(EVIL),
        return_path_octets=len(HEAD),
        origin=Origin(b"o" * 16, 9),
    )
    home = sent_home(envelope, envelope.recipients)
    house.spool.writer("queuemax").commit([Entry(home, chunks=(BODY,))])

    wait_for(lambda: house.inbox(TIM))
    house.let_it_go_round()
    assert house.inbox(TIM) == [BODY]
    assert house.inbox(EVE) == []


def test_what_was_kept_and_cannot_be_synced_goes_to_the_queue(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checkpoint does not pass what a cut of the power would take away."""

    def fail(_ids: Any) -> None:
        raise TemporaryFailure("the quarantine cannot be used")

    monkeypatch.setattr(house.quarantine, "sync", fail)
    house.book.set("virus_alert_to", EVE.address)
    infected(house)
    [alert] = house.inbox(EVE)

    [(waiting, body)] = house.handed
    assert body == BODY
    monkeypatch.undo()
    house.quarantine.delete(house.quarantine.ids()[0])
    house.give_back(waiting, body)
    wait_for(lambda: kept(house))
    assert kept(house)[0].envelope.reverse_path == "ada@example.org"
    house.let_it_go_round()
    assert house.inbox(EVE) == [alert]


def test_each_time_it_cannot_be_synced_the_queue_takes_it_anew(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the queue would know it, and a cut of the power take the only copy away."""

    def fail(_ids: Any) -> None:
        raise TemporaryFailure("the quarantine cannot be used")

    disk = FullDisk(house, monkeypatch)
    infected(house)
    disk.is_full = False
    monkeypatch.setattr(house.quarantine, "sync", fail)
    for rounds in (2, 3):
        house.give_back(*house.handed[-1])
        wait_for(lambda rounds=rounds: handed(house) == rounds)

    keys = [
        target.state.key
        for record, _ in house.handed
        for target in make_targets(record.envelope, record.origin)
    ]
    assert len(keys) == len(set(keys)) == 3


def test_what_a_person_sends_again_is_another_round_too(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the dead mail, or to another address: it comes home with an address only."""
    disk = FullDisk(house, monkeypatch)
    infected(house, Recipient("x@far.test"))
    waiting, body = house.handed[0]
    to = (Recipient("y@far.test"),)
    envelope = sent_home(waiting.envelope, to)
    house.give_back(msgspec.structs.replace(waiting, envelope=envelope), body)
    wait_for(lambda: handed(house) == 2)

    first, second = (record.envelope for record, _ in house.handed)
    assert first.recipients[0].folder != second.recipients[0].folder
    disk.is_full = False
    house.give_back(*house.handed[1])
    wait_for(lambda: kept(house))
    assert kept(house)[0].envelope.recipients[0].address == "x@far.test"
    assert len(house.handed) == 2


def test_a_second_sync_proves_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TRUST D2: nor is it asked for, while the queue cannot take the message either."""
    synced: list[Any] = []
    refused: list[Any] = []
    assert house.filer is not None
    commit = house.filer._queue.commit

    def fail_once(ids: Any) -> None:
        synced.append(ids)
        if len(synced) == 1:
            raise TemporaryFailure("the quarantine cannot be used")

    def refuse_once(entries: Any) -> None:
        if entries and not refused:
            refused.append(entries)
            raise StorageFull("no room")
        commit(entries)

    monkeypatch.setattr(house.quarantine, "sync", fail_once)
    monkeypatch.setattr(house.filer._queue, "commit", refuse_once)
    infected(house)

    assert len(refused) == 1
    [(_, body)] = house.handed
    assert body == BODY
    infected(house)
    assert len(house.handed) == 1, "the next one is synced as ever"


def test_the_limits_of_the_quarantine_hold_when_something_is_kept(
    house: House,
) -> None:
    house.book.set("quarantine_messages", 3)
    for _ in range(9):
        infected(house)
        assert len(house.quarantine.ids()) <= 3
    assert len(house.quarantine.ids()) == 3


def test_the_quarantine_address_sends_nothing_on(house: House) -> None:
    house.book.forward(EVE, "x@far.test")
    house.book.forward(EVE, TIM.address)
    house.book.set("virus_quarantine_to", EVE.address)
    house.book.set("virus_quarantine_in", True)
    infected(house)

    assert house.inbox(EVE) == [with_attachment()]
    assert house.inbox(TIM) == []
    assert house.handed == []
