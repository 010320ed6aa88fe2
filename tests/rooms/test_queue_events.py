"""Who watches QueueMax sees what the manual lists (4.4.1, 9.2.3), and no secret."""

import base64

import pytest

from fix_outbound import OFFERS
from mailmax.observe.events.catalogue import describe
from mailmax.observe.events.kinds import Kind
from mailmax.policy.retry import RetryLimits
from waiting import until


@pytest.fixture
def watching(office):
    """Give a list that fills with lines of the kinds that are asked for."""

    def watch(*kinds):
        seen = []
        office.trace.subscribe(kinds, lambda event: seen.append(describe(event)))
        return seen

    return watch


async def test_a_whole_conversation_without_the_content(office, remote, watching):
    """Except for the body of DATA."""
    server = await remote()
    office.smart_host(server)
    await office.open()
    seen = watching(Kind.CONVERSATION)

    office.post("a@x.test")
    await until(lambda: server.taken)
    await until(lambda: any(" > 250" in line and "MAIL" not in line for line in seen))
    said = [line.partition(" < ")[2] for line in seen if " < " in line]

    assert [word.split(" ")[0] for word in said[:4]] == ["EHLO", "MAIL", "RCPT", "DATA"]
    assert any(" > 220 " in line for line in seen)
    assert any(" > 354 " in line for line in seen)
    assert not any("hello" in line for line in seen)


async def test_connection_activity_has_no_mail_in_it(office, remote, watching):
    server = await remote()
    office.smart_host(server)
    await office.open()
    seen = watching(Kind.ACTIVITY)

    office.post("a@x.test")
    await until(lambda: server.taken)

    assert any(" < EHLO " in line for line in seen)
    assert not any("MAIL FROM" in line or "RCPT" in line for line in seen)


async def test_connections_are_seen_to_come_and_go(office, remote, watching):
    server = await remote()
    office.smart_host(server)
    await office.open()
    seen = watching(Kind.CONNECTIONS)

    office.post("a@x.test")
    await until(lambda: any(line.endswith("connection ended") for line in seen))

    assert seen[0].endswith(": connected")


async def test_a_connection_that_fails_is_seen(office, remote, watching):
    server = await remote()
    office.smart_host(server)
    await server.stop()
    await office.open()
    seen = watching(Kind.CONNECTIONS)

    office.post("a@x.test")

    await until(lambda: any("no connection" in line for line in seen))


async def test_errors_retries_failures_and_dead_mail(office, remote, watching):
    """What is refused later, then for good, and what becomes of it."""
    server = await remote(lambda v, _: server.reply if v == "RCPT" else None)
    server.reply = "451 4.2.0 later"
    office.smart_host(server)
    office.set(retry=RetryLimits(retry_minutes=0, retries=900))
    await office.open()
    errors, retries = watching(Kind.ERRORS), watching(Kind.RETRIES)
    failures, dead = watching(Kind.FAILURES), watching(Kind.DEAD_MAIL)

    office.post("a@x.test")
    await until(lambda: any("is tried again" in line for line in retries))
    server.reply = "550 5.1.1 nobody"
    await until(lambda: dead)

    assert any("<a@x.test> put off: 4.2.0" in line for line in retries)
    assert any(" > 451 4.2.0 later" in line for line in errors)
    assert any("<a@x.test> failed: 5.1.1" in line for line in failures)
    assert dead[0].endswith("to <a@x.test> is kept as dead mail")


async def test_a_login_is_seen_without_its_words(office, remote, watching):
    server = await remote(
        lambda v, line: f"235 2.7.0 {line}" if v == "AUTH" else None,
        (*OFFERS, "AUTH PLAIN"),
    )
    office.smart_host(server)
    office.hub.settings["smart_host_user"] = "me"
    office.hub.passwords[0] = "the-very-secret"
    await office.open()
    seen = watching(*Kind)

    office.post("a@x.test")
    await until(lambda: server.taken)

    everything = "\n".join(seen)
    assert "AUTH (not shown)" in everything
    assert "the-very-secret" not in everything
    assert base64.b64encode(b"\0me\0the-very-secret").decode() not in everything
