"""Local deliveries that the filer gave up for now, in QueueMax between twins."""

import asyncio
import random

import pytest

from mailmax.base import again
from mailmax.base.envelope import Envelope, Origin, Recipient, Wishes
from mailmax.base.errors import StorageFull
from mailmax.hub.contract.rows import DomainRow
from mailmax.policy.outcome import permanent
from mailmax.policy.retry import RetryLimits, Stage
from mailmax.queuemax.steering import Chosen
from mailmax.store.spool.port import Entry
from waiting import until

ORIGIN = Origin(b"smtpmax-journal-", 5)
TIM = Recipient("Tim@here.test", 7)
EVE = Recipient("eve@here.test", 8, "Lists")
HEAD = b"Return-Path: <ada@far.test>\r\n"
BODY = HEAD + b"Subject: hello\r\n\r\nworld\r\n"
DAMAGED = "the mailbox is in trouble: the log is damaged"


class Filer:
    """The filer as QueueMax sees it: gives up, and finds what is given back."""

    def __init__(self, office) -> None:
        self.office = office
        self.reader = office.spool.reader(("queuemax",))

    def give_up(
        self, *recipients, tries=1, sender="ada@far.test", body=BODY, wishes=None
    ):
        """Hand deliveries over."""
        envelope = Envelope(
            sender,
            recipients,
            int(self.office.clock.now() * 1000),
            step=f"again {tries - 1}" if tries > 1 else "",
            return_path_octets=len(HEAD),
            wishes=wishes,
        )
        self.hand_over(again.stuck(envelope, ORIGIN, recipients, DAMAGED), body)

    def hand_over(self, envelope, body=BODY):
        self.office.filer.commit([Entry(envelope, chunks=(body,))])

    def found(self):
        """Read what is in QueueMax's journal: envelope and body."""
        records = self.reader.next()
        return [(one.envelope, bytes(self.reader.body(one.body))) for one in records]

    async def find(self, seconds=5.0):
        """Wait for one record at least."""
        got = []
        await until(lambda: got.extend(self.found()) or got, seconds)
        return got


@pytest.fixture
def filer(office):
    return Filer(office)


def quick(office, retries=2, resends=0):
    office.set(retry=RetryLimits(0, retries, 0, resends))


async def test_it_waits_its_time_and_is_shown_with_its_reason(office, filer):
    await office.open()

    filer.give_up(TIM, EVE)

    await until(lambda: office.stage("Tim@here.test") is Stage.RETRY)
    page = office.hub.listed(limit=10)
    assert [
        (row.recipient, row.state, row.tries, row.last_reply) for row in page.rows
    ] == [
        ("Tim@here.test", "retry", 1, DAMAGED),
        ("eve@here.test", "retry", 1, DAMAGED),
    ]
    wait_s = page.rows[0].next_try_at - office.clock.now()
    assert 13 * 60 < wait_s <= 17 * 60
    assert filer.found() == []


async def test_the_journal_is_let_go_at_the_checkpoint(office, filer):
    await office.open()
    filer.give_up(TIM)
    await until(office.targets)

    assert await office.service.checkpoint()

    assert office.filer.passed == 1
    assert not office.spool.bodies


@pytest.mark.parametrize("octets", [0, 700_000])
async def test_it_goes_back_to_the_filer_as_it_came(office, filer, octets):
    quick(office)
    body = BODY + random.Random(7).randbytes(octets)
    await office.open()

    filer.give_up(TIM, EVE, tries=2, body=body)

    ((envelope, found),) = await filer.find()
    assert found == body
    assert envelope.recipients == (TIM, EVE)
    assert envelope.origin == ORIGIN
    assert envelope.reverse_path == "ada@far.test"
    assert envelope.return_path_octets == len(HEAD)
    assert again.tries_of(envelope.step) == 2
    await until(lambda: not office.targets())
    assert not office.store.entries


async def test_each_round_counts_and_the_last_one_tells_the_sender(office, filer):
    """Manual 4.4: retry queue, a notice, the end; by rounds in place of tries."""
    quick(office, retries=2, resends=2)
    await office.open()
    filer.give_up(TIM)
    rounds, reports = [], []

    def go_round():
        for envelope, body in filer.found():
            if envelope.step:
                rounds.append(again.tries_of(envelope.step))
                filer.hand_over(again.stuck(envelope, envelope.origin, (TIM,), DAMAGED))
            else:
                reports.append(body)
        return len(reports) == 2

    await until(go_round)
    await until(lambda: not office.targets())

    notice, end = reports
    assert rounds == [1, 2, 3, 4]
    assert b"Action: delayed" in notice
    assert b"Status: 4.2.0" in notice
    assert b"Action: failed" in end
    assert b"Status: 5.2.0" in end
    assert b"the mailbox is in trouble" in end
    assert filer.found() == []


async def test_the_same_round_again_is_known(office, filer):
    await office.open()
    filer.give_up(TIM)
    filer.give_up(TIM)
    filer.give_up(EVE)
    await until(lambda: "eve@here.test" in office.targets())

    assert office.hub.listed(limit=10).total == 2


@pytest.mark.parametrize("is_kept", [True, False])
async def test_a_kill_before_its_time_loses_nothing(office, filer, is_kept):
    await office.open()
    filer.give_up(TIM)
    await until(lambda: office.stage("Tim@here.test") is Stage.RETRY)
    if is_kept:
        assert await office.service.checkpoint()
    await office.kill()

    quick(office)  # clamps the time that was read from disk
    await office.open()

    ((envelope, body),) = await filer.find()
    assert body == BODY
    assert envelope.recipients == (TIM,)


async def test_a_kill_behind_the_journal_gives_it_back_in_the_same_round(office, filer):
    """The filer knows it by its origin, or hands it over in a round known here."""
    quick(office)
    await office.open()
    office.service._recorder.add = lambda state: None  # the results are never written
    await office.service._checkpoints.stop()
    filer.give_up(TIM)
    (first,) = await filer.find()
    await office.kill()

    await office.open()

    (second,) = await filer.find()
    assert first == second
    stuck = again.stuck(first[0], ORIGIN, (TIM,), DAMAGED)
    filer.hand_over(stuck)
    filer.hand_over(stuck)
    (third,) = await filer.find()
    assert again.tries_of(third[0].step) == 2
    await asyncio.sleep(0.2)
    assert filer.found() == []


async def test_a_full_disk_is_no_try(office, filer, monkeypatch):
    monkeypatch.setattr("mailmax.queuemax.filing.AGAIN_S", 0.05)
    quick(office, retries=1)
    await office.open()
    works, refused = office.reports.commit, []

    def full(group):
        if len(refused) < 3:
            refused.append(1)
            raise StorageFull("insufficient system storage")
        return works(group)

    monkeypatch.setattr(office.reports, "commit", full)
    filer.give_up(TIM)

    ((envelope, _),) = await filer.find()
    assert again.tries_of(envelope.step) == 1
    assert len(refused) == 3


async def test_a_damaged_body_is_reported_not_filed(office, filer):
    quick(office)
    await office.open()
    filer.give_up(TIM)
    place = next(iter(office.spool.bodies))
    office.spool.bodies[place] = BODY.replace(b"world", b"WORLD")

    ((envelope, body),) = await filer.find()

    assert envelope.recipients == (Recipient("ada@far.test", notify="NEVER"),)
    assert b"Status: 5.3.0" in body


def entries_of(office):
    return {**office.store.entries, **office.service._checkpoints.in_journal}


async def test_a_stuck_delivery_goes_to_another_address_and_the_other_stays(
    office, filer, remote
):
    server = await remote()
    office.smart_host(server)
    office.hub.domains["here.test"] = DomainRow(1, "here.test")
    await office.open()
    filer.give_up(TIM, EVE)
    await until(lambda: len(office.targets()) == 2)
    [entry] = entries_of(office).values()
    tim, eve = entry.targets
    steering = office.service.steering

    await steering.redirect(Chosen(entry, tim), "tim@far.test")
    await until(lambda: server.taken)
    await steering.redirect(Chosen(entry, eve), "ann@here.test")

    assert server.taken[0].recipients == ["tim@far.test"]
    [(envelope, body)] = await filer.find()
    assert envelope.recipients == (Recipient("ann@here.test"),)
    assert (envelope.origin, again.tries_of(envelope.step)) == (ORIGIN, 0)
    assert body == BODY
    await until(lambda: not office.targets())


async def test_a_dead_delivery_to_a_user_is_looked_up_anew_when_it_is_sent_again(
    office, filer
):
    office.hub.domains["here.test"] = DomainRow(1, "here.test")
    quick(office, retries=0)
    await office.open()
    filer.give_up(TIM, sender="")
    await until(lambda: office.service.dead_mail.entries and not office.targets())
    [number] = office.service.dead_mail.entries

    await office.service.resending.resend(number)

    [(envelope, body)] = await filer.find()
    assert envelope.recipients == (Recipient("Tim@here.test"),)
    assert (envelope.origin, again.tries_of(envelope.step)) == (ORIGIN, 0)
    assert body == BODY


@pytest.mark.parametrize("deed", ["redirect", "resend"])
async def test_what_has_no_end_goes_to_nobody_but_the_filer(
    office, filer, remote, deed
):
    """TRUST K4: infected mail of a user to a stranger waits for the quarantine."""
    server = await remote()
    office.smart_host(server)
    await office.open()
    to = Recipient("x@far.test", 7, "1")
    stuck = again.stuck(Envelope("", (to,), 1), ORIGIN, (to,), "it is infected")
    filer.hand_over(again.endless(stuck))
    await until(lambda: len(office.targets()) == 1)
    [entry] = entries_of(office).values()
    chosen, steering = Chosen(entry, entry.targets[0]), office.service.steering

    if deed == "redirect":
        await steering.redirect(chosen, "y@far.test")
    else:
        why = permanent("5.7.1", "a person did")
        await steering.give_up([chosen], why, with_report=True)
        await until(lambda: office.service.dead_mail.entries)
        [number] = office.service.dead_mail.entries
        await office.service.resending.resend(number)

    [(envelope, body)] = await filer.find()
    assert again.is_endless(envelope)
    assert body == BODY
    assert server.taken == []


async def test_what_comes_too_late_is_returned_once(office, filer):
    """RFC 2852 §4, mode R: it is over before it was put off."""
    await office.open()
    now_ms = int(office.clock.now() * 1000)

    filer.give_up(TIM, wishes=Wishes(deliver_by_ms=now_ms - 1, by_mode="R"))
    await until(lambda: office.store.next_number > 1 and not office.targets())

    assert len(filer.found()) == 1
