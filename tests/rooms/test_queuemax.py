"""QueueMax against remote servers by script: delivery, retries, reports, restarts."""

import asyncio
import json
import logging
import threading
import zlib

import pytest

from mailmax.base.errors import TemporaryFailure
from mailmax.net.tls import unverified_context
from mailmax.policy.retry import RetryLimits, Stage
from mailmax.queuemax.dispatch import Dispatch
from mailmax.queuemax.pool import PoolLimits
from mailmax.queuemax.steering import Chosen
from mailmax.store.journal.tail import JournalReader
from mailmax.store.journal.writer import JournalWriter
from mailmax.store.queue.quarantine import Quarantine
from mailmax.store.queue.store import QueueStore
from waiting import until


async def test_mail_goes_out_over_the_smart_host(office, remote):
    server = await remote()
    office.smart_host(server)
    await office.open()
    office.post("a@x.test", "b@y.test", content=b"Subject: hi\r\n\r\n.dot\r\nend")
    await until(lambda: server.taken)

    (mail,) = server.taken
    assert mail.reverse_path == "me@here.test"
    assert mail.recipients == ["a@x.test", "b@y.test"]
    assert mail.content == b"Subject: hi\r\n\r\n.dot\r\nend\r\n"
    assert mail.parameters == "SIZE=24 BODY=8BITMIME"


async def test_recipients_of_one_domain_share_a_transaction(office, remote):
    server = await remote()
    office.resolver.exchangers = {"x.test": [(10, "mx.x.test")], "y.test": []}
    office.resolver.addresses = {"mx.x.test": ["127.0.0.9"], "y.test": ["127.0.0.9"]}
    allow_loopback(office, server)
    await office.open()
    office.post("a@x.test", "b@X.test", "c@y.test")
    await until(lambda: len(server.taken) == 2)

    assert sorted(mail.recipients for mail in server.taken) == [
        ["a@x.test", "b@X.test"],
        ["c@y.test"],
    ]


def allow_loopback(office, server):
    """Let names of the resolver lead to a test server."""

    class Dialer:
        async def dial(self, link, address, port, *, is_configured=False):
            loop = asyncio.get_running_loop()
            await loop.create_connection(lambda: link, "127.0.0.1", server.port)
            return link

    addresses = office.resolver.addresses
    for name in addresses:
        addresses[name] = ["192.0.2.1"]
    office.set(dialer=Dialer())


async def test_connections_are_used_again(office, remote):
    server = await remote()
    office.smart_host(server)
    await office.open()
    for number in range(200):
        office.post(f"a{number}@x.test")
    await until(lambda: len(server.taken) == 200)

    assert server.connections <= 20


async def test_a_large_message_streams_and_survives_a_checkpoint(office, remote):
    content = b"x" * 76 + b"\r\n"
    content *= 30_000
    gate = asyncio.Event()

    async def slowly(verb, argument):
        if verb == "DATA":
            await gate.wait()

    server = await remote(slowly)
    office.smart_host(server)
    await office.open()
    office.post("a@x.test", content=content)
    await until(lambda: "DATA" in server.commands)
    assert await office.service.checkpoint()
    assert not office.spool.journals[0].records
    gate.set()
    await until(lambda: server.taken)

    assert zlib.crc32(content) == zlib.crc32(server.taken[0].content)


async def test_4xx_waits_in_the_retry_queue_and_5xx_is_returned(office, remote):
    def answers(verb, argument):
        if verb == "RCPT" and "later" in argument:
            return "451 4.2.0 later"
        if verb == "RCPT" and "never" in argument:
            return "550 5.1.1 nobody\x1b[31m here"
        return None

    server = await remote(answers)
    office.smart_host(server)
    await office.open()
    office.post("good@x.test", "later@x.test", "never@x.test")
    await until(lambda: server.taken and office.reported())

    later = office.targets()["later@x.test"]
    assert (
        later.stage,
        later.state.tries,
        later.state.attempts,
    ) == (Stage.RETRY, 0, 1)
    (envelope, content) = office.reported()[0]
    assert (
        envelope.reverse_path,
        envelope.recipients[0].address,
    ) == ("", "me@here.test")
    assert content.startswith(b"Return-Path: <>\r\n")
    assert b"Final-Recipient: rfc822; never@x.test" in content
    assert b"Status: 5.1.1" in content
    assert b"Subject: hello" in content
    assert b"\x1b" not in content
    assert b"later@x.test" not in content
    await until(lambda: office.stage("never@x.test") is Stage.RETURNED)


async def test_the_null_reverse_path_is_never_answered(office, remote):
    server = await remote(lambda verb, arg: "550 no" if verb == "RCPT" else None)
    office.smart_host(server)
    await office.open()
    office.post("never@x.test", sender="")
    await until(lambda: "RCPT TO:<never@x.test>" in server.commands)
    await until(lambda: not office.targets())

    assert not office.reported()


async def test_retries_notice_and_the_end(office, remote):
    """Manual §4.4: retry queue, soft errors with a notice, the final bounce."""
    server = await remote(
        lambda verb, arg: "450 4.2.1 busy" if verb == "RCPT" else None
    )
    office.smart_host(server)
    office.set(retry=RetryLimits(retry_minutes=0, retries=2, resend_hours=0, resends=2))
    await office.open()
    office.post("a@x.test")
    await until(lambda: len(office.reported()) == 2)
    await until(lambda: not office.targets())

    notice, end = [content for _, content in office.reported()]
    assert b"Action: delayed" in notice
    assert b"Status: 4.2.1" in notice
    assert b"Action: failed" in end
    assert b"Status: 5.4.7" in end
    assert server.commands.count("RCPT TO:<a@x.test>") == 5


@pytest.mark.parametrize(
    ("exchangers", "addresses", "status"),
    [
        ({}, {}, b"5.1.2"),
        ({"x.test": [(0, "")]}, {}, b"5.1.10"),
        ({"x.test": [(5, "here.test")]}, {"here.test": ["192.0.2.1"]}, b"5.4.6"),
        ({"x.test": [(5, "lo.test")]}, {"lo.test": ["127.0.0.1"]}, b"5.4.4"),
        ({"x.test": [(5, "lo.test")]}, {"lo.test": ["::1", "0.0.0.0"]}, b"5.4.4"),
        ({"x.test": [(5, "lo.test")]}, {"lo.test": ["169.254.169.254"]}, b"5.4.4"),
        ({"x.test": [(5, "mx.test")]}, {"mx.test": []}, b"5.4.4"),
        ({"x.test": [(5, "mx.test")]}, {"mx.test": ["192.0.2.9"]}, b"5.4.6"),
    ],
)
async def test_nowhere_to_go_is_returned(office, exchangers, addresses, status):
    """TRUST C4: no connection is even tried."""
    office.set(dialer=None, own_addresses=lambda: frozenset({"192.0.2.9"}))
    office.resolver.exchangers = exchangers
    office.resolver.addresses = addresses
    await office.open()
    office.post("a@x.test")
    await until(office.reported)

    assert b"Status: " + status in office.reported()[0][1]


@pytest.mark.parametrize("silent", [{"x.test"}, {"mx.test"}])
async def test_a_silent_name_server_never_bounces(office, silent):
    """TRUST C4."""
    office.resolver.exchangers = {"x.test": [(10, "mx.test")]}
    office.resolver.silent = silent
    await office.open()
    office.post("a@x.test")
    await until(lambda: office.stage("a@x.test") is Stage.RETRY)

    assert office.targets()["a@x.test"].state.status == "4.4.3"
    assert not office.reported()


@pytest.mark.parametrize(
    ("silent", "status", "say"),
    [
        (set(), "4.4.4", "the smart host relay.test has no address"),
        ({"relay.test"}, "4.4.3", "the smart host relay.test: no name server answered"),
    ],
)
async def test_a_smart_host_without_an_address_never_bounces(
    office, caplog, silent, status, say
):
    """Its name may be mistyped or gone for a while: the mail waits."""
    caplog.set_level(logging.INFO, "queuemax")
    office.hub.settings |= {"smart_host_on": True, "smart_host": "relay.test"}
    office.resolver.silent = silent
    await office.open()
    office.post("a@x.test")
    await until(lambda: office.stage("a@x.test") is Stage.RETRY)

    state = office.targets()["a@x.test"].state
    assert (state.status, state.text) == (status, say)
    assert not office.reported()
    assert f"put off: {status} {say}" in caplog.text


@pytest.mark.parametrize(
    "answer",
    [
        ("GREETING", "x" * 70_000),
        ("GREETING", "220-a\r\n" * 20_000 + "220 a"),
        ("GREETING", "554 go away"),
        ("GREETING", "CLOSE"),
        ("EHLO", "250-a\r\n251 b"),
        ("MAIL", "354 what"),
        ("MAIL", "25"),
        ("RCPT", "2x0 what"),
        ("DATA", "250 what"),
        ("RCPT", "421 bye"),
        ("RCPT", "CLOSE"),
        ("DATA", "999 what"),
        (".", "CLOSE"),
    ],
)
async def test_hostile_servers_cost_one_try(office, remote, answer):
    """TRUST C1."""
    server = await remote(lambda verb, arg: answer[1] if verb == answer[0] else None)
    office.smart_host(server)
    service = await office.open()
    office.post("a@x.test")
    await until(lambda: office.stage("a@x.test") is Stage.RETRY)

    assert not office.reported()
    assert (answer[0] == ".") == bool(service.doubtful)


async def test_a_silent_server_is_given_up_in_time(office, remote):
    async def never(verb, argument):
        if verb == "MAIL":
            await asyncio.sleep(60)

    server = await remote(never)
    office.smart_host(server)
    await office.open()
    office.post("a@x.test")
    await until(lambda: office.stage("a@x.test") is Stage.RETRY)

    assert "in time" in office.targets()["a@x.test"].state.text


async def test_a_dripping_reply_ends_at_the_deadline(office, remote):
    """Octets that keep coming do not keep a command alive."""
    server = await remote()

    async def drip(verb, argument):
        if verb == "EHLO":
            for _ in range(300):
                server.writer.write(b"2")
                await asyncio.sleep(0.1)

    server.answers = drip
    office.smart_host(server)
    await office.open()
    begin = asyncio.get_running_loop().time()
    office.post("a@x.test")
    await until(lambda: office.stage("a@x.test") is Stage.RETRY)

    assert asyncio.get_running_loop().time() - begin < 15
    assert "in time" in office.targets()["a@x.test"].state.text


async def test_a_host_that_hangs_delays_nobody_else(office, remote):
    """TRUST C6."""
    hanging, good = await remote(), await remote()

    async def never(verb, argument):
        if verb == "DATA":
            await asyncio.sleep(60)

    hanging.answers = never

    class Dialer:
        async def dial(self, link, address, port, *, is_configured=False):
            loop = asyncio.get_running_loop()
            server = hanging if address == "192.0.2.1" else good
            await loop.create_connection(lambda: link, "127.0.0.1", server.port)
            return link

    office.set(dialer=Dialer(), pool=PoolLimits(fresh=30, idle_s=0.2))
    office.resolver.addresses = {"bad.test": ["192.0.2.1"], "good.test": ["192.0.2.2"]}
    await office.open()
    for number in range(1000):
        office.post(f"a{number}@bad.test")
    await until(lambda: hanging.connections)
    for number in range(50):
        office.post(f"a{number}@good.test")
    await until(lambda: len(good.taken) == 50)
    await until(
        lambda: all(
            target.stage is Stage.RETRY
            for address, target in office.targets().items()
            if "bad" in address
        ),
    )

    assert hanging.connections <= 10


async def test_fresh_mail_to_a_dead_host_is_put_off_at_once(office):
    office.hub.settings |= {"smart_host_on": True, "smart_host": "127.0.0.1:1"}
    await office.open()
    for number in range(100):
        office.post(f"a{number}@x.test")
    await until(
        lambda: (
            len(office.targets()) == 100
            and all(t.stage is Stage.RETRY for t in office.targets().values())
        )
    )

    assert {"4.4.1"} == {t.state.status for t in office.targets().values()}


async def test_tls_is_used_when_offered(office, remote, loopback_tls):
    server = await remote(tls=loopback_tls.server)
    office.smart_host(server)
    office.set(tls=unverified_context())
    await office.open()
    office.post("a@x.test")
    await until(lambda: server.taken)

    assert server.taken[0].encrypted


@pytest.mark.parametrize(
    ("trouble", "encrypted", "connections"),
    [("refused", False, 1), ("injected", True, 1), ("garbage", False, 2)],
)
async def test_tls_that_fails_falls_back_once(
    office, remote, loopback_tls, caplog, trouble, encrypted, connections
):
    """TRUST C3."""
    caplog.set_level(logging.INFO)
    server = await remote(tls=loopback_tls.server)
    reply = {"refused": "454 no", "injected": "220 go\r\n250 injected"}.get(trouble)
    server.answers = lambda verb, arg: reply if verb == "STARTTLS" else None
    server.speaks_no_tls = trouble == "garbage"
    office.smart_host(server)
    office.set(tls=unverified_context())
    await office.open()
    office.post("a@x.test")
    await until(lambda: server.taken)

    assert encrypted == server.taken[0].encrypted
    assert connections == server.connections
    assert (trouble == "garbage") == ("once without" in caplog.text)


async def test_a_host_that_greets_with_our_name_is_a_loop(office, remote):
    server = await remote()
    server.name = "here.test"
    office.resolver.addresses = {"x.test": ["127.0.0.1"]}
    allow_loopback(office, server)
    await office.open()
    office.post("a@x.test")
    await until(office.reported)

    assert b"Status: 5.4.6" in office.reported()[0][1]


@pytest.mark.parametrize(
    ("offers", "post", "status"),
    [
        (["SIZE 10"], {}, b"5.3.4"),
        (["SIZE 10000"], {"content": "Subject: ä\r\n\r\n".encode()}, b"5.6.3"),
        (["8BITMIME"], {"sender": "ä@here.test"}, b"5.6.7"),
    ],
)
async def test_what_a_server_cannot_take_goes_back(
    office, remote, offers, post, status
):
    server = await remote(offers=offers)
    office.smart_host(server)
    await office.open()
    office.post("a@x.test", **post)
    await until(office.reported)

    assert b"Status: " + status in office.reported()[0][1]
    assert not [line for line in server.commands if line.startswith("DATA")]


async def test_without_pipelining_and_ehlo_mail_still_goes(office, remote):
    server = await remote(lambda verb, arg: "500 what" if verb == "EHLO" else None)
    office.smart_host(server)
    await office.open()
    office.post("a@x.test")
    await until(lambda: server.taken)

    assert (server.commands[:3]) == [
        "EHLO here.test",
        "HELO here.test",
        "MAIL FROM:<me@here.test>",
    ]


async def test_too_many_recipients_get_a_transaction_of_their_own(office, remote):
    """RFC 5321 §4.5.3.1.10."""
    count = {"rcpt": 0}

    def answers(verb, argument):
        if verb == "MAIL":
            count["rcpt"] = 0
        if verb == "RCPT":
            count["rcpt"] += 1
            if count["rcpt"] > 3:
                return "452 4.5.3 too many"
        return None

    server = await remote(answers)
    office.smart_host(server)
    await office.open()
    office.post(*[f"a{number}@x.test" for number in range(8)])
    await until(lambda: len(server.taken) == 3)

    assert [len(mail.recipients) for mail in server.taken] == [3, 3, 2]


async def test_bare_line_ends_never_leave(office, remote):
    """TRUST A3."""
    server = await remote()
    office.smart_host(server)
    await office.open()
    office.post("a@x.test", content=b"a: b\r\n\r\nx\n.\nMAIL FROM:<evil>\r.\r\nend")
    await until(lambda: server.taken)

    (mail,) = server.taken
    assert mail.content == b"a: b\r\n\r\nx\r\n.\r\nMAIL FROM:<evil>\r\n.\r\nend\r\n"


# Restarts


async def test_what_waits_survives_a_restart_and_frees_the_journal(office, remote):
    office.hub.settings |= {"smart_host_on": True, "smart_host": "127.0.0.1:1"}
    await office.open()
    office.post("a@x.test", content=b"Subject: kept\r\n\r\n")
    await until(lambda: office.stage("a@x.test") is Stage.RETRY)
    assert await office.service.checkpoint()
    assert not office.spool.journals[0].records, "the journal is free"
    await office.close()

    server = await remote()
    office.smart_host(server)
    office.clock.ahead_s = 16 * 60
    await office.open()
    await until(lambda: server.taken)
    assert server.taken[0].content == b"Subject: kept\r\n\r\n"
    await until(lambda: not office.targets())
    await office.close()
    await office.open()
    assert not office.store.entries


async def test_killed_before_the_journal_was_told_it_is_told_after_a_restart(
    office, monkeypatch
):
    office.hub.settings |= {"smart_host_on": True, "smart_host": "127.0.0.1:1"}
    await office.open()
    monkeypatch.setattr(office.reader, "done", lambda position: None)
    office.post("a@x.test")
    await until(lambda: office.stage("a@x.test") is Stage.RETRY)
    assert await office.service.checkpoint()
    await office.kill()
    assert office.filer.passed == 0

    await office.open()

    assert office.filer.passed == 1


async def test_killed_before_the_result_is_recorded_it_is_sent_again(office, remote):
    """TRUST D4: a duplicate, never a loss."""
    server = await remote()
    office.smart_host(server)
    office.store = None
    await office.open()
    office.store.record = _refuse
    office.post("a@x.test")
    await until(lambda: server.taken)
    await office.kill()

    await office.open()
    await until(lambda: len(server.taken) == 2)
    await until(lambda: not office.service._recorder._pile)
    await office.service._recorder.run(lambda: None)  # behind what is being written
    await office.kill()
    await office.open()
    office.post("b@x.test")
    await until(lambda: len(server.taken) == 3)
    assert server.taken[2].recipients == ["b@x.test"], "recorded: not a third time"


def _refuse(states):
    raise TemporaryFailure("no disk")


async def test_a_bug_in_taking_over_ends_the_process(office, caplog):
    """Who is up and sends nothing new is worse than none."""
    ended = threading.Event()
    office.set(on_bug=ended.set)
    await office.open()
    office.reader.next = lambda most: {}[most]
    office.post("a@x.test")

    await until(ended.is_set)

    (said,) = (one for one in caplog.records if one.levelname == "CRITICAL")
    assert said.message == "taking mail over ended by a bug"


async def test_nothing_is_sent_while_no_result_can_be_recorded(
    office, remote, monkeypatch, caplog
):
    """Else a full disk has the same mail sent in each life."""
    server = await remote()
    office.smart_host(server)
    office.post("a@x.test")
    monkeypatch.setattr("mailmax.queuemax.service.AGAIN_S", 0.01)
    with monkeypatch.context() as full:
        full.setattr(QueueStore, "record", lambda _store, states: _refuse(states))
        for _ in range(2):
            await office.open()
            caplog.clear()
            await until(lambda: caplog.text.count("cannot be recorded") > 3)
            await office.close()
        await office.open()
    await until(lambda: server.taken)

    (mail,) = server.taken
    assert mail.recipients == ["a@x.test"]


async def test_a_killed_queue_reads_again_what_it_did_not_keep(office, remote):
    office.hub.settings |= {"smart_host_on": True, "smart_host": "127.0.0.1:1"}
    await office.open()
    office.post("a@x.test")
    await until(lambda: office.stage("a@x.test") is Stage.RETRY)
    await office.kill()

    server = await remote()
    office.smart_host(server)
    await office.open()
    await until(lambda: server.taken)


async def test_a_message_that_trips_us_is_put_aside_and_holds_up_none(
    office, remote, monkeypatch, caplog
):
    server = await remote()
    office.smart_host(server)
    office.post("a@x.test")
    office.post("trips@x.test")
    office.post("b@x.test")
    admit = QueueStore.admit

    def trip(store, envelope, *more):
        if envelope.recipients[0].address.startswith("trips"):
            raise ZeroDivisionError
        return admit(store, envelope, *more)

    with monkeypatch.context() as patch:
        patch.setattr(QueueStore, "admit", trip)
        await office.open()
        await until(lambda: len(server.taken) == 2)
        office.post("c@x.test")
        await until(lambda: len(server.taken) == 3)
        await until(lambda: not office.targets())
        assert await office.service.checkpoint()
        assert not office.spool.journals[0].records, "the journal is free"
        await office.close()
    (path,) = office.store.quarantine.kept()
    assert f"waits for you in {path}" in caplog.text
    described = json.loads(path.read_text())
    assert [one["address"] for one in described["recipients"]] == ["trips@x.test"]
    assert described["reverse_path"] == "me@here.test"
    assert described["reason"] == "ZeroDivisionError()"
    body = (path.parent / described["body"]).read_bytes()
    assert body.endswith(b"Subject: hello\r\n\r\nworld\r\n")

    caplog.clear()
    await office.open()
    assert f"wait for you in {path.parent}" in caplog.text, "told at each start"
    office.post("d@x.test")
    await until(lambda: len(server.taken) == 4)

    assert [to for taken in server.taken for to in taken.recipients] == [
        "a@x.test",
        "b@x.test",
        "c@x.test",
        "d@x.test",
    ]
    assert path.exists(), "until people remove it"


async def free(office):
    """Wait until the filer's journal was passed to its end, and let it go."""
    journal = office.spool.journals[0]
    await until(lambda: office.service._checkpoints._marks or not journal.records)
    assert await office.service.checkpoint()
    assert not journal.records, "the journal is free"


async def test_deferred_mail_is_kept_behind_a_message_that_trips_us(
    office, remote, monkeypatch
):
    """No mark was set any more: after 1,000 deferred ones all mail stood still."""
    server = await remote(lambda verb, arg: "450 later" if "no@" in arg else None)
    office.smart_host(server)
    monkeypatch.setattr("mailmax.queuemax.checkpoint.MANY", 3)
    admit = QueueStore.admit

    def trip(store, envelope, *more):
        if envelope.recipients[0].address.startswith("trips"):
            raise ZeroDivisionError
        return admit(store, envelope, *more)

    monkeypatch.setattr(QueueStore, "admit", trip)
    office.post("trips@x.test")
    await office.open()
    for number in range(9):
        office.post(f"no@{number}.test")
    await until(lambda: len(office.targets()) == 9)
    office.post("a@x.test")

    await until(lambda: server.taken)

    assert server.taken[0].recipients == ["a@x.test"]


async def test_what_trips_us_halfway_is_put_aside_as_a_whole(
    office, remote, monkeypatch
):
    """It is neither kept nor tried by the queue; else each start tripped on it."""
    server = await remote()
    office.smart_host(server)
    try_now = Dispatch.try_now

    def trip(dispatch, entry, targets):
        if entry.envelope.recipients[0].address.startswith("trips"):
            raise ZeroDivisionError
        try_now(dispatch, entry, targets)

    monkeypatch.setattr(Dispatch, "try_now", trip)
    office.post("trips@x.test")
    office.post("a@x.test")
    await office.open()
    await until(lambda: server.taken and office.store.quarantine.kept())
    await until(lambda: not office.targets())
    await free(office)
    await office.close()
    await office.open()
    assert not office.store.entries


async def test_what_the_disk_refuses_for_now_is_not_put_aside(
    office, remote, monkeypatch, caplog
):
    server = await remote()
    office.smart_host(server)
    monkeypatch.setattr("mailmax.queuemax.intake.AGAIN_S", 0.01)
    admit = QueueStore.admit
    left = [TemporaryFailure("the disk is busy")] * 3

    def refuse(store, envelope, *more):
        if left and envelope.recipients[0].address.startswith("a@"):
            raise left.pop()
        return admit(store, envelope, *more)

    monkeypatch.setattr(QueueStore, "admit", refuse)
    office.post("a@x.test")
    office.post("b@x.test")
    await office.open()
    await until(lambda: len(server.taken) == 2)
    await until(lambda: not office.targets())
    await free(office)

    assert [taken.recipients for taken in server.taken] == [["b@x.test"], ["a@x.test"]]
    assert not office.store.quarantine.kept()
    assert "cannot be admitted now: the disk is busy" in caplog.text


async def test_what_cannot_be_put_aside_stays_in_the_journal(
    office, remote, monkeypatch, caplog
):
    server = await remote()
    office.smart_host(server)
    monkeypatch.setattr("mailmax.queuemax.intake.AGAIN_S", 0.01)
    keep = Quarantine.keep
    left = [TemporaryFailure("no space")] * 3

    def refuse(quarantine, *more):
        if left:
            raise left.pop()
        return keep(quarantine, *more)

    def trip(store, envelope, *more):
        raise ZeroDivisionError

    monkeypatch.setattr(QueueStore, "admit", trip)
    monkeypatch.setattr(Quarantine, "keep", refuse)
    office.post("a@x.test")
    await office.open()
    await until(lambda: len(left) < 3)
    assert await office.service.checkpoint()
    assert office.spool.journals[0].records or office.store.quarantine.kept()
    await until(office.store.quarantine.kept)

    assert "cannot be put aside" in caplog.text
    await free(office)


async def test_a_report_owed_is_made_after_a_restart(office, remote):
    server = await remote(lambda verb, arg: "550 no" if verb == "RCPT" else None)
    office.smart_host(server)
    office.spool.broken = False
    await office.open()
    broken = office.reports.commit
    office.reports.commit = _refuse
    office.post("a@x.test")
    await until(lambda: office.stage("a@x.test") is Stage.FAILED)
    assert await office.service.checkpoint()
    await office.kill()

    office.reports.commit = broken
    await office.open()
    await until(office.reported)
    await until(lambda: not office.targets())


async def test_a_clock_far_ahead_bounces_nothing(office):
    """TRUST D14, M9."""
    office.hub.settings |= {"smart_host_on": True, "smart_host": "127.0.0.1:1"}
    await office.open()
    office.post("a@x.test")
    await until(lambda: office.stage("a@x.test") is Stage.RETRY)
    await office.close()

    office.clock.ahead_s = 10 * 365 * 86400
    await office.open()
    await until(
        lambda: (
            "a@x.test" in office.targets()
            and office.targets()["a@x.test"].state.attempts == 2
        )
    )
    await asyncio.sleep(0.1)
    assert Stage.RETRY is office.targets()["a@x.test"].stage
    assert not office.reported()


async def test_the_queue_is_listed_page_by_page(office):
    office.hub.settings |= {"smart_host_on": True, "smart_host": "127.0.0.1:1"}
    await office.open()
    for number in range(5):
        office.post(f"a{number}@x.test")
    await until(
        lambda: (
            len(office.targets()) == 5
            and all(t.stage is Stage.RETRY for t in office.targets().values())
        )
    )

    page = office.hub.listed(limit=2)
    assert (len(page.rows), page.total) == (2, 5)
    row = page.rows[0]
    assert (
        row.reverse_path,
        row.recipient,
        row.state,
        row.tries,
    ) == ("me@here.test", "a0@x.test", "retry", 1)
    assert row.last_reply.endswith(
        "127.0.0.1[127.0.0.1]:1: no connection (Connection refused)"
    )
    assert row.next_try_at > row.received_at


async def test_mail_that_is_being_tried_says_since_when_and_what_is_waited_for(office):
    silence: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _r, w: silence.append(w), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    office.hub.settings |= {"smart_host_on": True, "smart_host": f"127.0.0.1:{port}"}
    await office.open()
    begin = office.clock.now()
    office.post("a@x.test")
    await until(lambda: silence)

    [row] = office.hub.listed().rows

    assert (row.state, row.tries, row.next_try_at) == ("trying", 0, 0)
    assert begin <= row.tried_since <= office.clock.now()
    assert row.last_reply == f"waiting for 127.0.0.1[127.0.0.1]:{port}"
    silence[0].close()
    silent.close()
    await until(lambda: office.stage("a@x.test") is Stage.RETRY)
    [row] = office.hub.listed().rows
    assert (row.state, row.tries, row.tried_since) == ("retry", 1, 0)
    assert row.next_try_at > office.clock.now()


async def test_a_full_disk_stops_nothing_and_frees_nothing(office, remote):
    """TRUST M5: recovers when space returns, without a restart."""
    office.hub.settings |= {"smart_host_on": True, "smart_host": "127.0.0.1:1"}
    await office.open()
    keep, office.store.keep = office.store.keep, _refuse
    office.post("a@x.test")
    await until(lambda: office.stage("a@x.test") is Stage.RETRY)
    assert not await office.service.checkpoint()
    assert office.spool.journals[0].records

    office.store.keep = keep
    assert await office.service.checkpoint()
    assert not office.spool.journals[0].records


async def test_the_real_journal_is_free_although_mail_waits(office, tmp_path):
    """DESIGN 9: no entry of the queue pins a journal."""
    writer = JournalWriter(tmp_path, "filer")
    office.hub.settings |= {"smart_host_on": True, "smart_host": "127.0.0.1:1"}
    office.filer = writer
    office.make_reader = lambda position: JournalReader(tmp_path, ["filer"], position)
    await office.open()
    for number in range(30):
        office.post(f"a{number}@x.test")
    await until(lambda: len(office.targets()) == 30)
    assert writer.lag
    assert await office.service.checkpoint()
    await until(lambda: not writer.lag)
    await office.close()
    office.reader.close()

    await office.open()
    assert len(office.targets()) == 30
    await office.close()
    office.reader.close()
    writer.close()


async def test_long_mail_that_was_damaged_never_comes_to_its_end(office, remote):
    """TRUST D9: what is sent piece by piece is checked before its end is sent."""
    server = await remote(lambda verb, _: answers.get(verb))
    answers = {"RCPT": "451 later"}
    office.smart_host(server)
    await office.open()
    office.post("a@x.test", content=b"Subject: long\r\n\r\n" + b"x" * 600_000)
    await until(lambda: office.stage("a@x.test") is Stage.RETRY)
    (entry,) = office.service._checkpoints.all_unfinished().values()
    entry.crc ^= 1

    answers.clear()
    await office.service.steering.retry([Chosen(entry, entry.targets[0])])
    await until(office.reported)

    assert server.taken == []
    assert b"Status: 5.3.0" in office.reported()[0][1]
