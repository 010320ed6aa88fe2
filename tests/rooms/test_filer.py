"""The filer between honest twins: what was promised is filed, once, or handed on."""

import re
import threading
import time
from types import SimpleNamespace

import msgspec
import pytest

from fix_filer import BODY, EVE, TIM
from mailmax.base.again import must_mend, reason_of, tries_of
from mailmax.base.envelope import Envelope, Recipient
from mailmax.base.errors import TemporaryFailure
from mailmax.base.homeward import sent_home
from mailmax.base.ids import Uid
from mailmax.filer.checkpoint import Checkpoints
from mailmax.hub.contract.rows import MOVING, UserRow
from mailmax.store.mailboxes.delivery import Outcome
from mailmax.store.mailboxes.port import Distrusted
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.spool.memory import MemoryReader
from mailmax.store.spool.port import Entry, Record
from waiting import wait_for


@pytest.fixture
def house(filing_house):
    """Give the filer's house the short name."""
    return filing_house


def test_local_mail_is_filed_byte_for_byte_and_the_journal_forgets(house):
    house.promise(Recipient("tim@demo.test", 7), Recipient("eve@demo.test", 8))

    house.start()

    wait_for(lambda: house.smtp.passed == 1)
    assert [BODY] == house.inbox(TIM) == house.inbox(EVE)


def test_remote_recipients_are_handed_on_with_the_same_body_and_origin(house):
    house.promise(Recipient("tim@demo.test", 7), Recipient("far@example.net"))

    house.start()

    wait_for(lambda: len(house.outbound.journal.records) == 1)
    (record,) = house.queue.next()
    assert record.envelope.recipients == (Recipient("far@example.net"),)
    assert record.origin.journal == house.smtp.journal.journal
    assert bytes(house.queue.body(record.body)) == BODY


def test_an_address_in_quotes_is_whose_it_is_without_them(house):
    """TRUST B4: a report to a sender is resolved by the filer."""
    house.promise(Recipient('"t\\im"@demo.test'), Recipient('"eve"@demo.test'))

    house.start()

    house.settle()
    assert [BODY] == house.inbox(TIM) == house.inbox(EVE)


def test_the_journal_keeps_a_body_until_the_queue_has_passed_it(house):
    house.promise(Recipient("far@example.net"))
    house.start()
    wait_for(lambda: len(house.outbound.journal.records) == 1)
    house.let_it_go_round()
    assert house.smtp.passed == 0

    house.queue.next()
    house.queue.done(house.queue.position())

    wait_for(lambda: house.smtp.passed == 1)


def test_a_report_to_a_local_sender_is_recovered_like_the_rest(house, monkeypatch):
    monkeypatch.setattr("mailmax.filer.service.CHECKPOINT_S", 3600)
    house.promise(Recipient("old@demo.test", 99), reverse_path="eve@demo.test")
    house.start()
    wait_for(lambda: len(house.inbox(EVE)) == 1)
    house.cut_power(monkeypatch)
    recover, replayed = house.store.recover, []

    def recovering(touched, replay):
        replayed.extend(replay)
        recover(touched, replay)

    monkeypatch.setattr(house.store, "recover", recovering)
    house.start()

    wait_for(lambda: bool(replayed))
    assert [one.user_id for one in replayed] == [EVE.user_id]
    house.stop()
    assert len(house.inbox(EVE)) == 1


def test_so_does_a_filer_that_was_started_again(house):
    house.promise(Recipient("far@example.net"))
    house.start()
    wait_for(lambda: len(house.outbound.journal.records) == 1)
    house.stop()

    house.start()

    house.let_it_go_round()
    assert house.smtp.passed == 0
    house.queue.next()
    house.queue.done(house.queue.position())
    wait_for(lambda: house.smtp.passed == 1)


def test_a_replay_after_an_unclean_stop_files_nothing_twice(house, monkeypatch):
    monkeypatch.setattr("mailmax.filer.service.CHECKPOINT_S", 3600)
    house.promise(Recipient("tim@demo.test", 7))
    filer = house.start()
    wait_for(lambda: filer.filed == 1)
    monkeypatch.setattr(filer, "_checkpoint", lambda **_: None)  # the power is cut
    filer.stop()

    again = house.start()
    wait_for(lambda: again.filed == 1)

    assert house.inbox(TIM) == [BODY]


def test_a_locked_user_is_put_aside_and_the_rest_goes_on(house, monkeypatch):
    locked = {TIM.user_id}
    deliver = house.store.deliver

    def stubborn(batch):
        outcomes = iter(deliver([d for d in batch if d.user_id not in locked]))
        return [
            Outcome(0, locked=True) if d.user_id in locked else next(outcomes)
            for d in batch
        ]

    monkeypatch.setattr(house.store, "deliver", stubborn)
    house.promise(Recipient("tim@demo.test", 7), Recipient("eve@demo.test", 8))
    house.start()
    wait_for(lambda: house.inbox(EVE) == [BODY])
    house.let_it_go_round()
    assert house.smtp.passed == 0, "no checkpoint passes what lies aside"

    locked.clear()

    wait_for(lambda: house.inbox(TIM) == [BODY])
    wait_for(lambda: house.smtp.passed == 1)


class Stubborn:
    """Some users' mail cannot be filed."""

    def __init__(self, house, monkeypatch, trouble="", locked=(7,)) -> None:
        self.locked = set(locked)
        self.trouble = trouble
        self._deliver = house.store.deliver
        self._recover = house.store.recover
        monkeypatch.setattr(house.store, "deliver", self.deliver)
        monkeypatch.setattr(house.store, "recover", self.recover)

    def deliver(self, batch):
        good = [d for d in batch if d.user_id not in self.locked]
        outcomes = iter(self._deliver(good))
        return [
            Outcome(0, locked=True, trouble=self.trouble)
            if d.user_id in self.locked
            else next(outcomes)
            for d in batch
        ]

    def recover(self, touched, replay):
        if self.locked & {user_id for user_id, _ in touched}:
            raise TemporaryFailure(self.trouble)
        self._recover(touched, replay)


@pytest.fixture
def hasty(monkeypatch):
    """What is stuck goes to the queue soon."""
    monkeypatch.setattr("mailmax.filer.aside.LOCKED_S", 0.2)
    monkeypatch.setattr("mailmax.filer.aside.TROUBLE_S", 0.1)
    monkeypatch.setattr("mailmax.filer.service.STOP_S", 0.1)


def given_up(house) -> list[Record]:
    """Read what went to the queue, and let the journals go."""
    wait_for(lambda: house.queue.wait(0.01))
    records = list(house.queue.next())
    bodies = [bytes(house.queue.body(record.body)) for record in records]
    assert bodies == [BODY] * len(records)
    house.queue.done(house.queue.position())
    return records


def test_a_user_locked_for_long_holds_up_no_journal(house, monkeypatch, hasty):
    Stubborn(house, monkeypatch)
    origin = house.promise(Recipient("Tim@demo.test", 7), Recipient("eve@demo.test", 8))

    house.start()

    wait_for(lambda: house.inbox(EVE) == [BODY])
    (record,) = given_up(house)
    assert record.origin == origin
    assert record.envelope.recipients == (Recipient("Tim@demo.test", 7),)
    assert record.envelope.reverse_path == "ada@example.org"
    assert tries_of(record.envelope.step) == 1
    assert reason_of(record.envelope) == "the mailbox is locked"
    wait_for(lambda: house.smtp.passed == 1)


def test_trouble_goes_to_the_queue_and_later_mail_lies_aside_no_more(
    house, monkeypatch, hasty
):
    Stubborn(house, monkeypatch, "the log is damaged")
    house.promise(Recipient("tim@demo.test", 7))
    house.start()
    (record,) = given_up(house)
    assert "the log is damaged" in reason_of(record.envelope)
    monkeypatch.setattr("mailmax.filer.aside.TROUBLE_S", 60.0)
    monkeypatch.setattr("mailmax.filer.aside.LOCKED_S", 3600.0)
    later = time.monotonic() + 60.0
    standing = SimpleNamespace(monotonic=lambda: later)
    monkeypatch.setattr("mailmax.filer.aside.time", standing)

    house.promise(Recipient("tim@demo.test", 7))

    assert len(given_up(house)) == 1, "at once, or never by a clock that stands"


def test_what_the_queue_gives_back_is_filed_once_or_comes_back_with_one_try_more(
    house, monkeypatch, hasty
):
    stubborn = Stubborn(house, monkeypatch)
    queue = house.spool.writer("queuemax")
    origin = house.promise(Recipient("tim@demo.test", 7))
    house.start()
    (first,) = given_up(house)

    queue.commit([Entry(first.envelope, chunks=(BODY,))])
    (second,) = given_up(house)
    assert tries_of(second.envelope.step) == 2
    assert second.origin == origin

    stubborn.locked.clear()
    queue.commit([Entry(e, chunks=(BODY,)) for e in [first.envelope, second.envelope]])
    wait_for(lambda: queue.passed == 3)
    assert house.inbox(TIM) == [BODY]
    wait_for(lambda: house.smtp.passed == 1)


def test_a_message_for_several_stuck_users_is_one_entry(house, monkeypatch, hasty):
    Stubborn(house, monkeypatch, locked=(7, 8))
    house.promise(Recipient("tim@demo.test", 7), Recipient("eve@demo.test", 8))

    house.start()

    (record,) = given_up(house)
    assert {r.user_id for r in record.envelope.recipients} == {7, 8}


def test_a_report_that_cannot_be_filed_is_given_up_with_its_text(
    house, monkeypatch, hasty
):
    Stubborn(house, monkeypatch, locked=(8,))
    house.book.remove(TIM)
    house.promise(Recipient("tim@demo.test", 7), reverse_path="eve@demo.test")

    house.start()

    wait_for(lambda: house.queue.wait(0.01))
    (record,) = house.queue.next()
    assert record.envelope.recipients == (
        Recipient("eve@demo.test", 8, notify="NEVER"),
    )
    assert record.envelope.reverse_path == ""
    assert b"Status: 5.1.1" in bytes(house.queue.body(record.body))


def test_users_deleted_while_they_wait_are_each_reported(house, monkeypatch, hasty):
    Stubborn(house, monkeypatch, locked=(7, 9))
    queue = house.spool.writer("queuemax")
    house.book.add(joe := UserRow(9, "joe@demo.test", "demo.test/ef/joe~9"))
    house.promise(
        Recipient("tim@demo.test", 7),
        Recipient("joe@demo.test", 9),
        reverse_path="eve@demo.test",
    )
    house.start()
    (record,) = given_up(house)
    house.book.remove(TIM, joe)

    for recipient in record.envelope.recipients:
        alone = msgspec.structs.replace(record.envelope, recipients=(recipient,))
        queue.commit([Entry(alone, chunks=(BODY,))] * 2)

    wait_for(lambda: queue.passed == 4)
    reports = house.inbox(EVE)
    assert len(reports) == 2
    assert b"tim@demo.test" in reports[0]
    assert b"joe@demo.test" in reports[1]


def test_a_stop_gives_up_what_is_locked_and_is_clean(house, monkeypatch, hasty):
    monkeypatch.setattr("mailmax.filer.aside.LOCKED_S", 3600.0)
    Stubborn(house, monkeypatch)
    house.promise(Recipient("tim@demo.test", 7))
    filer = house.start()
    wait_for(lambda: filer.filed == 1)

    filer.stop()

    assert Checkpoints(house.marks).load().clean
    assert len(given_up(house)) == 1


def test_a_checkpoint_is_not_held_up_for_ever_by_one_locked_user_after_another(
    house, monkeypatch, hasty
):
    monkeypatch.setattr("mailmax.filer.aside.LOCKED_S", 3600.0)
    monkeypatch.setattr("mailmax.filer.service.BLOCKED_S", 0.2)
    Stubborn(house, monkeypatch)
    house.promise(Recipient("tim@demo.test", 7))

    house.start()

    assert len(given_up(house)) == 1
    wait_for(lambda: house.smtp.passed == 1)


def test_nothing_is_forgotten_while_the_hand_over_is_refused(house, monkeypatch, hasty):
    Stubborn(house, monkeypatch)
    house.promise(Recipient("tim@demo.test", 7))
    house.spool.broken = True
    refused = threading.Semaphore(0)
    commit = house.outbound.commit

    def committing(entries):
        try:
            return commit(entries)
        except TemporaryFailure:
            refused.release()
            raise

    monkeypatch.setattr(house.outbound, "commit", committing)
    house.start()
    for _ in range(3):
        assert refused.acquire(timeout=10)
    assert house.smtp.passed == 0

    house.spool.broken = False

    assert len(given_up(house)) == 1
    wait_for(lambda: house.smtp.passed == 1)


def test_a_user_who_cannot_be_recovered_stops_nobody_and_is_mended_later(
    house, monkeypatch, hasty
):
    monkeypatch.setattr("mailmax.filer.service.CHECKPOINT_S", 3600)
    house.promise(Recipient("tim@demo.test", 7))
    filer = house.start()
    wait_for(lambda: filer.filed == 1)
    monkeypatch.setattr(filer, "_checkpoint", lambda **_: None)  # the power is cut
    filer.stop()
    monkeypatch.setattr("mailmax.filer.service.CHECKPOINT_S", 0.0)
    stubborn = Stubborn(house, monkeypatch, "the log is damaged")
    queue = house.spool.writer("queuemax")
    house.promise(Recipient("eve@demo.test", 8))

    house.start()

    wait_for(lambda: house.inbox(EVE) == [BODY])
    (record,) = given_up(house)
    assert must_mend(record.envelope)
    wait_for(lambda: house.smtp.passed == 2)
    house.stop()

    # Another start, a clean one: what comes back is mended all the same.
    stubborn.locked.clear()
    mended = []
    monkeypatch.setattr(house.store, "recover", lambda _, replay: mended.extend(replay))
    house.start()
    queue.commit([Entry(record.envelope, chunks=(BODY,))])
    wait_for(lambda: len(mended) == 1)
    assert mended[0].message.origin == record.origin


@pytest.mark.rfc("3463", "3.2")
def test_mail_for_a_user_deleted_since_is_returned(house):
    house.book.remove(TIM)
    house.promise(Recipient("tim@demo.test", 7))

    house.start()

    wait_for(lambda: len(house.outbound.journal.records) == 1)
    (record,) = house.queue.next()
    assert record.envelope.reverse_path == ""
    assert record.envelope.recipients == (Recipient("ada@example.org", notify="NEVER"),)
    report = bytes(house.queue.body(record.body))
    assert b"Status: 5.1.1" in report
    assert b"tim@demo.test" in report


def test_a_local_sender_is_told_in_the_mailbox_once(house):
    house.book.remove(TIM)
    house.promise(Recipient("tim@demo.test", 7), reverse_path="Eve@demo.test")

    house.start()

    wait_for(lambda: house.smtp.passed == 1)
    (report,) = house.inbox(EVE)
    assert b"Status: 5.1.1" in report
    assert not house.outbound.journal.records


@pytest.mark.rfc("5321", "4.5.5")
def test_a_null_reverse_path_is_never_answered(house):
    house.book.remove(TIM)
    house.promise(Recipient("tim@demo.test", 7), reverse_path="")

    house.start()

    wait_for(lambda: house.smtp.passed == 1)
    assert not house.outbound.journal.records


def test_a_damaged_body_does_not_stop_the_mail_behind_it(house, caplog):
    house.promise(Recipient("tim@demo.test", 7))
    house.promise(Recipient("eve@demo.test", 8))
    (first, *_) = house.spool.bodies
    house.spool.bodies[first] = BODY.replace(b"Hello", b"HELLO")

    house.start()

    wait_for(lambda: house.inbox(EVE) == [BODY])
    assert house.inbox(TIM) == []
    assert "damaged" in caplog.text


def test_a_report_for_one_of_us_is_filed_not_sent(house):
    queue = house.spool.writer("queuemax")
    envelope = Envelope("", (Recipient("Eve@demo.test"),), 1_700_000_000_000)
    queue.commit([Entry(envelope, chunks=(BODY,))])

    house.start()

    wait_for(lambda: house.inbox(EVE) == [BODY])
    assert not house.outbound.journal.records


def test_what_was_held_is_filed_or_returned_as_at_reception(house):
    """A domain that passed its mail on has become a normal one."""
    queue = house.spool.writer("queuemax")
    origin = house.promise(Recipient("far@example.net"))
    held = Envelope("ada@example.org", (), 1_700_000_000_000, origin=origin)
    names = ("Tim+x@demo.test", "nobody@demo.test")
    first = sent_home(held, tuple(Recipient(name) for name in names))
    second = sent_home(held, (Recipient("gone@demo.test"),))
    queue.commit([Entry(one, chunks=(BODY,)) for one in (first, second)])

    house.start()

    wait_for(lambda: house.inbox(TIM) == [BODY])
    wait_for(lambda: len(house.outbound.journal.records) == 3)
    handed = house.handed_over()
    reports = [body for record, body in handed if not record.envelope.reverse_path]
    assert b"nobody@demo.test" in reports[0]
    assert b"Status: 5.1.1" in reports[0]
    assert b"no such user here" in reports[0]
    assert b"gone@demo.test" in reports[1]


def test_two_addresses_of_one_user_make_one_copy(house):
    house.promise(Recipient("tim@demo.test", 7), Recipient("tim+x@demo.test", 7))

    house.start()

    wait_for(lambda: house.smtp.passed == 1)
    assert house.inbox(TIM) == [BODY]


@pytest.mark.parametrize("trouble", ["hand-over", "delivery", "checkpoint", "body"])
def test_a_refusing_disk_only_delays(house, monkeypatch, trouble):
    """What was taken from the journal is kept until it is done with."""
    owner, name = {
        "hand-over": (house.outbound, "commit"),
        "delivery": (house.store, "deliver"),
        "checkpoint": (house.store, "checkpoint"),
        "body": (MemoryReader, "body"),
    }[trouble]
    works, failures = getattr(owner, name), []

    def refuse_twice(*arguments):
        if len(failures) < 2:
            failures.append(1)
            raise TemporaryFailure("planted")
        return works(*arguments)

    monkeypatch.setattr(owner, name, refuse_twice)
    house.promise(Recipient("tim@demo.test", 7), Recipient("far@example.net"))

    house.start()

    wait_for(lambda: house.inbox(TIM) == [BODY])
    wait_for(lambda: len(house.outbound.journal.records) == 1)
    wait_for(lambda: len(failures) == 2)
    house.queue.next()
    house.queue.done(house.queue.position())
    wait_for(lambda: house.smtp.passed == 1)
    assert len(house.outbound.journal.records) == 0, "handed over once"


@pytest.mark.parametrize("name", ["checkpoint", "deliver"])
def test_a_disk_that_cannot_be_trusted_ends_the_filer(house, monkeypatch, name):
    """TRUST D2: the next one recovers, and only then the journal forgets."""

    def refuse(*_):
        raise Distrusted("planted")

    house.promise(Recipient("tim@demo.test", 7))
    with monkeypatch.context() as planted:
        planted.setattr(house.store, name, refuse)
        filer = house.start()
        assert house.ended.wait(60)
        wait_for(lambda: not filer.alive)
    assert house.smtp.passed == 0

    house.start()

    wait_for(lambda: house.smtp.passed == 1)
    assert house.inbox(TIM) == [BODY]


def test_a_disk_that_cannot_be_trusted_at_a_stop_is_told(house, monkeypatch, caplog):
    def refuse():
        raise Distrusted("planted")

    monkeypatch.setattr("mailmax.filer.service.CHECKPOINT_S", 3600)
    monkeypatch.setattr(house.store, "checkpoint", refuse)
    house.promise(Recipient("tim@demo.test", 7))
    filer = house.start()
    wait_for(lambda: filer.filed == 1)

    filer.stop()

    assert house.ended.is_set()
    assert "begins anew: planted" in caplog.text


def test_a_stop_during_a_refused_recovery_is_no_clean_stop(house, monkeypatch):
    """Nothing may be filed before recovery: UIDs that were seen would be reused."""
    monkeypatch.setattr("mailmax.filer.service.CHECKPOINT_S", 3600)
    house.promise(Recipient("tim@demo.test", 7))
    filer = house.start()
    wait_for(lambda: filer.filed == 1)
    monkeypatch.setattr(filer, "_checkpoint", lambda **_: None)  # the power is cut
    filer.stop()
    tried = threading.Event()

    def refuse(*_):
        tried.set()
        raise TemporaryFailure("planted")

    monkeypatch.setattr(house.store, "recover", refuse)
    monkeypatch.setattr(house.store, "checkpoint", refuse)
    house.promise(Recipient("eve@demo.test", 8))
    again = house.start()
    assert tried.wait(60)
    again.stop()

    assert not Checkpoints(house.marks).load().clean
    assert house.inbox(EVE) == []


@pytest.fixture
def unclean(house, monkeypatch):
    """What was filed is not durable: the power was cut."""
    with monkeypatch.context() as planted:
        planted.setattr("mailmax.filer.service.CHECKPOINT_S", 3600)
        house.promise(Recipient("tim@demo.test", 7))
        filer = house.start()
        wait_for(lambda: filer.filed == 1)
        planted.setattr(filer, "_checkpoint", lambda **_: None)
        filer.stop()
    return house


class Silent:
    """A writer that lives and says nothing."""

    def __init__(self, monkeypatch) -> None:
        self.names = {"smtpmax.1"}
        self.asked = 0
        monkeypatch.setattr(MemoryReader, "unheard", self.unheard)

    def unheard(self, _timeout):
        self.asked += 1
        return frozenset(self.names)


def test_recovery_waits_for_a_writer_that_lives(unclean, monkeypatch):
    """What it wrote may be what must be written again."""
    silent = Silent(monkeypatch)
    recovered = []
    monkeypatch.setattr(
        unclean.store, "recover", lambda *_: recovered.append(silent.names)
    )
    unclean.start()
    wait_for(lambda: silent.asked > 2)
    assert not recovered

    silent.names = set()

    wait_for(lambda: unclean.smtp.passed == 1)
    assert recovered == [set()]


def test_a_writer_that_stays_silent_does_not_stop_the_others(
    unclean, monkeypatch, caplog
):
    monkeypatch.setattr("mailmax.filer.recovery.SILENT_S", 0.1)
    silent = Silent(monkeypatch)

    unclean.start()
    unclean.promise(Recipient("eve@demo.test", 8))

    wait_for(lambda: unclean.inbox(EVE) == [BODY])
    wait_for(lambda: unclean.smtp.passed == 2)
    assert "smtpmax.1 is silent" in caplog.text
    unclean.stop()
    assert silent.asked
    assert not Checkpoints(unclean.marks).load().clean


def test_filing_begins_anew_when_a_silent_writer_speaks(unclean, monkeypatch):
    """Its mail is recovered, not just filed: it can be read and may yet be lost."""
    monkeypatch.setattr("mailmax.filer.recovery.SILENT_S", 0.0)
    silent = Silent(monkeypatch)
    filer = unclean.start()
    wait_for(lambda: unclean.smtp.passed == 1)

    silent.names = set()
    unclean.promise(Recipient("eve@demo.test", 8))

    assert unclean.ended.wait(60)
    wait_for(lambda: not filer.alive)
    assert unclean.inbox(EVE) == []
    assert unclean.smtp.passed == 1


def test_a_bug_is_told_and_not_survived(house, monkeypatch):
    monkeypatch.setattr(threading, "excepthook", lambda _: None)

    def planted(_):
        raise ZeroDivisionError

    monkeypatch.setattr(house.store, "deliver", planted)
    house.promise(Recipient("tim@demo.test", 7))
    filer = house.start()

    assert house.ended.wait(60)
    wait_for(lambda: not filer.alive)
    assert house.smtp.passed == 0


def test_mail_of_a_domain_on_the_move_is_filed_where_it_went(house):
    gone_to = msgspec.structs.replace(TIM, home="/srv/demo/ab/tim~7")
    house.book.add(msgspec.structs.replace(TIM, flags=MOVING))
    house.promise(Recipient("tim@demo.test", 7), Recipient("eve@demo.test", 8))
    house.start()
    wait_for(lambda: house.inbox(EVE) == [BODY])
    house.let_it_go_round()
    assert house.inbox(TIM) == []

    house.book.add(gone_to)

    wait_for(lambda: house.inbox(gone_to) == [BODY])
    assert house.inbox(TIM) == []


@pytest.mark.parametrize("flags", [MOVING, None])
def test_mail_waits_in_the_queue_while_a_move_lasts_or_when_the_user_goes(
    house, monkeypatch, flags
):
    monkeypatch.setattr("mailmax.filer.aside.TROUBLE_S", 0.1)
    house.book.add(msgspec.structs.replace(TIM, flags=MOVING))
    house.promise(Recipient("tim@demo.test", 7))
    house.start()
    if flags is None:
        wait_for(lambda: house.filer.filed == 1)
        house.book.remove(TIM)

    wait_for(lambda: len(house.outbound.journal.records) == 1)

    (record,) = house.queue.next()
    assert tries_of(record.envelope.step) == 1
    words = "being moved" if flags else "being moved|was deleted"
    assert re.search(words, reason_of(record.envelope))
    assert house.inbox(TIM) == []


def test_a_filer_killed_under_a_backlog_files_nothing_twice(
    house, monkeypatch, tmp_path
):
    remembered, backlog = 64, 300
    service = "mailmax.filer.service"
    monkeypatch.setattr(f"{service}.CHECKPOINT_RECORDS", remembered // 4)
    monkeypatch.setattr(f"{service}.CHECKPOINT_S", 60)
    monkeypatch.setattr("mailmax.store.mailboxes.segments.origins.ORIGINS", remembered)
    house.store = SegmentStore(tmp_path / "mail", background=False)
    for _ in range(backlog):
        house.promise(Recipient("tim@demo.test", 7))
    deliver = house.store.deliver

    for lifetime in (180, 7, 140, 30, 1, 33):  # filed, and filed in recovery
        left = lifetime

        def until_killed(batch):
            nonlocal left
            outcomes = []
            for one in batch:
                if not left:
                    raise Distrusted("killed")
                left -= 1
                outcomes += deliver([one])
            return outcomes

        monkeypatch.setattr(house.store, "deliver", until_killed)
        filer = house.start()
        wait_for(lambda filer=filer: not filer.alive)

    monkeypatch.setattr(house.store, "deliver", deliver)
    house.start()
    wait_for(lambda: len(house.inbox(TIM)) >= backlog)
    house.let_it_go_round()  # who is stopped in recovery makes no checkpoint
    house.stop()
    assert house.smtp.passed == backlog
    assert len(house.inbox(TIM)) == backlog


def test_a_stop_as_soon_as_all_is_recovered_is_a_clean_one(house, monkeypatch):
    for _ in range(3):
        house.send(TIM)
    monkeypatch.setattr("mailmax.filer.service.CHECKPOINT_S", 60)
    filer = house.start()
    wait_for(lambda: filer.filed == 3)
    house.cut_power(monkeypatch)
    deliver = house.store.deliver

    def last(batch):
        outcomes = deliver(batch)
        house.filer._stop.set()
        return outcomes

    monkeypatch.setattr(house.store, "deliver", last)
    again = house.start()
    wait_for(lambda: not again.alive)

    assert house.smtp.passed == 3
    assert Checkpoints(house.marks).load().clean


def test_nothing_more_is_taken_while_a_full_checkpoint_waits(house, monkeypatch, hasty):
    """Who is locked goes to the queue then, much sooner than else."""
    service = "mailmax.filer.service"
    monkeypatch.setattr(f"{service}.CHECKPOINT_RECORDS", 8)
    monkeypatch.setattr(f"{service}.FULL_S", 3600)
    monkeypatch.setattr("mailmax.filer.aside.LOCKED_S", 60)
    deliver = house.store.deliver

    def tim_is_locked(batch):
        return [
            Outcome(Uid(0), locked=True)
            if one.user_id == TIM.user_id
            else deliver([one])[0]
            for one in batch
        ]

    monkeypatch.setattr(house.store, "deliver", tim_is_locked)
    house.promise(Recipient("tim@demo.test", 7))
    for _ in range(20):
        house.promise(Recipient("eve@demo.test", 8))

    house.start()

    wait_for(lambda: len(house.inbox(EVE)) == 7)
    house.let_it_go_round()
    assert len(house.inbox(EVE)) == 7

    monkeypatch.setattr(f"{service}.FULL_S", 0)

    wait_for(lambda: len(house.outbound.journal.records) == 1)
    wait_for(lambda: len(house.inbox(EVE)) == 20)
