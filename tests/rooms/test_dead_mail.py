"""The dead-mail folder: nothing is lost, doubled, or held up by it (QUE-7)."""

import asyncio

import pytest

from mailmax.base.envelope import Wishes
from mailmax.base.errors import PermanentFailure, StorageFull, TemporaryFailure
from mailmax.policy.retry import Stage
from mailmax.queuemax.dead_mail import DeadLimits
from mailmax.queuemax.steering import Chosen
from mailmax.store.queue.store import QueueStore
from waiting import until

NEVER = "550 5.1.1 nobody here"
CONTENT = b"Subject: dead\r\n\r\nand kept\r\n"


@pytest.fixture
async def server(office, remote):
    """Give a server that says `reply` to RCPT for those it is about."""
    found = await remote(
        lambda v, a: found.reply if v == "RCPT" and found.about in a else None
    )
    found.reply, found.about = NEVER, ""
    office.smart_host(server := found)
    await office.open()
    return server


def folder(office):
    return office.service.dead_mail


def letters(office):
    """Return addresses and causes of all that is in the folder."""
    return [
        {target.address: target.state.text for target in entry.targets}
        for entry in folder(office).entries.values()
    ]


def octets_of(office, number):
    entry = folder(office).entries[number]
    return folder(office).read(number, 0, entry.size)


async def test_what_failed_is_kept_with_envelope_cause_and_time(office, server):
    office.post("a@x.test", content=CONTENT)

    await until(lambda: letters(office) and not office.targets())

    [(number, entry)] = folder(office).entries.items()
    [target] = entry.targets
    assert entry.envelope.reverse_path == "me@here.test"
    assert (target.address, target.state.status) == ("a@x.test", "5.1.1")
    assert target.state.text == "550 5.1.1 nobody here"
    assert abs(target.state.due_ms / 1000 - office.clock.now()) < 20
    assert octets_of(office, number).endswith(CONTENT)
    assert folder(office).octets == entry.size
    assert folder(office).read(number, entry.size, 10) == b""
    assert len(office.reported()) == 1


async def test_what_nobody_is_told_of_is_kept_too(office, server):
    office.post("a@x.test", sender="")

    await until(lambda: letters(office))

    await until(lambda: not office.targets())
    assert office.reported() == []


async def test_who_got_it_is_in_no_letter(office, server):
    server.about = "a@"
    office.post("a@x.test", "b@x.test", "c@x.test")
    await until(lambda: letters(office))
    assert letters(office) == [{"a@x.test": NEVER}]
    server.about = "b@"
    office.hub.change()
    office.post("b@x.test", content=b"another")
    await until(lambda: len(letters(office)) == 2)

    await office.kill()
    await office.open()

    assert [list(one) for one in letters(office)] == [["a@x.test"], ["b@x.test"]]


async def test_later_failures_join_the_letter_over_a_restart(office, server):
    server.reply = "451 4.2.0 later"
    office.post("a@x.test", "b@x.test", "c@x.test")
    await until(lambda: office.stage("c@x.test") is Stage.RETRY)
    server.reply = NEVER
    for address in ("a@x.test", "b@x.test", "c@x.test"):
        entries = {**office.store.entries, **office.service._checkpoints.in_journal}
        chosen = [
            Chosen(entry, target)
            for entry in entries.values()
            for target in entry.targets
            if target.address == address
        ]
        await office.service.steering.retry(chosen)
        await until(
            lambda address=address: (
                office.stage(address) is Stage.RETURNED or not office.targets()
            )
        )
        if address == "b@x.test":
            await office.close()
            await office.open()

    await until(lambda: not office.targets())
    assert letters(office) == [
        dict.fromkeys(("a@x.test", "b@x.test", "c@x.test"), NEVER)
    ]
    assert folder(office).octets == next(iter(folder(office).entries.values())).size
    await office.close()
    await office.open()
    assert [len(one) for one in letters(office)] == [3]


async def test_a_crash_between_the_copy_and_its_record_makes_no_second_one(
    office, server
):
    add = office.service._recorder.add
    office.service._recorder.add = lambda state: (
        None if state.stage is Stage.RETURNED else add(state)
    )
    office.post("a@x.test")
    await until(lambda: letters(office))
    await office.service._recorder.flush()
    await office.service.checkpoint()

    await office.kill()
    await office.open()

    await until(lambda: not office.targets())
    assert letters(office) == [{"a@x.test": NEVER}]
    assert len({envelope.origin for envelope, _ in office.reported()}) == 1


async def test_it_is_sent_again_and_gone_from_the_folder(office, server):
    wishes = Wishes(envelope_id="mine", deliver_by_ms=1, by_mode="N")
    office.post("a@x.test", "b@x.test", content=CONTENT, wishes=wishes)
    await until(lambda: letters(office) and not office.targets())
    server.reply = None
    [number] = folder(office).entries

    assert await office.service.resending.resend(number)

    await until(lambda: server.taken)
    assert server.taken[0].recipients == ["a@x.test", "b@x.test"]
    assert server.taken[0].content == CONTENT
    assert letters(office) == []
    assert not await office.service.resending.resend(number)
    await office.kill()
    await office.open()
    assert letters(office) == []
    assert len(server.taken) == 1


async def test_what_is_sent_again_survives_a_kill(office, server):
    office.post("a@x.test", content=CONTENT)
    await until(lambda: letters(office) and not office.targets())
    server.reply = "451 4.2.0 later"
    [number] = folder(office).entries
    await office.service.resending.resend(number)
    await office.kill()
    server.reply = None

    office.clock.ahead_s = 3600
    await office.open()

    await until(lambda: server.taken)
    assert server.taken[0].content == CONTENT
    assert letters(office) == []


async def test_sent_again_it_can_die_again(office, server):
    office.post("a@x.test")
    for _ in range(3):
        await until(lambda: letters(office) and not office.targets())
        [number] = folder(office).entries
        await office.service.resending.resend(number)

    await until(lambda: letters(office) == [{"a@x.test": NEVER}])
    await until(lambda: len(office.reported()) == 4)


async def test_a_resending_that_cannot_be_written_leaves_the_letter(
    office, server, monkeypatch
):
    office.post("a@x.test")
    await until(lambda: letters(office) and not office.targets())
    server.reply = "451 4.2.0 later"
    [number] = folder(office).entries

    def fail(items):
        raise TemporaryFailure("planted")

    with monkeypatch.context() as planted:
        planted.setattr(office.store, "keep", fail)
        with pytest.raises(TemporaryFailure, match="planted"):
            await office.service.resending.resend(number)
    assert letters(office) == [{"a@x.test": NEVER}]
    await until(lambda: office.stage("a@x.test") is Stage.RETRY)

    assert await office.service.resending.resend(number)

    assert letters(office) == []
    assert await office.service.checkpoint()
    await office.kill()
    await office.open()
    assert office.stage("a@x.test") is Stage.RETRY


async def test_a_damaged_letter_is_not_sent(office, server):
    office.post("a@x.test")
    await until(lambda: letters(office) and not office.targets())
    [(number, entry)] = folder(office).entries.items()
    entry.crc ^= 1

    with pytest.raises(PermanentFailure, match="damaged"):
        await office.service.resending.resend(number)

    assert letters(office)
    assert not office.targets()


async def test_it_is_deleted_for_good(office, server):
    for number in range(3):
        office.post(f"a{number}@x.test")
    await until(lambda: len(letters(office)) == 3 and not office.targets())
    first, second, _ = folder(office).entries

    assert await folder(office).delete([first, second, 99]) == 2

    await office.kill()
    await office.open()
    assert letters(office) == [{"a2@x.test": NEVER}]


async def test_the_oldest_goes_first_when_it_is_too_much(office, server):
    for number in range(6):
        office.post(f"a{number}@x.test", content=b"x" * 1000)
        await until(lambda number=number: len(letters(office)) == number + 1)

    office.hub.change(dead_mail_octets=3500)
    await until(lambda: len(letters(office)) == 3)
    office.post("b@x.test", content=b"x" * 1000)
    office.post("large@x.test", content=b"x" * 4000)

    await until(lambda: "b@x.test" in letters(office)[-1] and not office.targets())
    assert [next(iter(one)) for one in letters(office)] == [
        "a4@x.test",
        "a5@x.test",
        "b@x.test",
    ]
    office.hub.change(dead_mail_octets=0)
    await until(lambda: not letters(office))
    office.post("c@x.test")
    await until(
        lambda: b"c@x.test" in office.reported()[-1][1] and not office.targets()
    )
    assert letters(office) == []


@pytest.mark.parametrize("is_even", [True, False])
async def test_what_is_old_goes_but_not_by_a_clock_that_jumped(office, server, is_even):
    """TRUST D14."""
    office.post("a@x.test")
    await until(lambda: letters(office) and not office.targets())
    if is_even:
        await office.close()
        office.clock.ahead_s = 31 * 86_400
        await office.open()
    else:
        office.clock.ahead_s = 3650 * 86_400

    office.hub.change(dead_mail_days=29)
    if is_even:
        await until(lambda: not letters(office))
        return

    await asyncio.sleep(0.05)
    assert letters(office)


@pytest.mark.parametrize("failure", [StorageFull("full"), TemporaryFailure("sick")])
async def test_a_full_or_sick_disk_stops_nothing(
    office, server, monkeypatch, caplog, failure
):
    def fail(items):
        raise failure

    monkeypatch.setattr(office.dead, "keep", fail)
    office.post("a@x.test")

    await until(lambda: office.reported() and not office.targets())

    assert letters(office) == []
    assert "is not kept as dead mail" in caplog.text


async def test_the_queue_goes_on_without_a_folder(office, server):
    await office.close()
    office.make_dead = lambda: None
    await office.open()
    office.post("a@x.test")

    await until(lambda: office.reported() and not office.targets())

    assert letters(office) == []
    assert await folder(office).delete([1]) == 0


async def test_space_is_given_back(office, server, tmp_path):
    await office.close()
    office.make_dead = lambda: QueueStore(
        tmp_path / "queue" / "dead", segment_octets=5000
    )
    await office.open()
    for number in range(20):
        office.post(f"a{number}@x.test", content=b"x" * 1000)
    await until(lambda: len(letters(office)) == 20)
    numbers = list(folder(office).entries)
    await folder(office).delete(numbers[:18])

    folder(office).use(DeadLimits(octets=1 << 20))

    directory = tmp_path / "queue" / "dead"
    await until(
        lambda: sum(path.stat().st_size for path in directory.glob("body.*")) < 6000
    )
    assert octets_of(office, numbers[-1]).endswith(b"x" * 1000)
