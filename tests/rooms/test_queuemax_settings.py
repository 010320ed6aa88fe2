"""QueueMax follows its settings while it runs (Manual 4.4)."""

import asyncio

from mailmax.policy.retry import Stage
from waiting import until


def busy(verb, argument):
    return "451 4.2.1 busy" if verb == "RCPT" else None


async def test_the_retry_interval_and_the_number_of_tries_act_at_once(office, remote):
    office.set(retry=None)
    office.smart_host(await remote(busy))
    await office.open()
    office.post("a@x.test")
    await until(lambda: office.stage("a@x.test") is Stage.RETRY)
    usual_s = office.targets()["a@x.test"].state.due_ms / 1000 - office.clock.now()

    office.hub.change(retry_minutes=100, retries=1)
    office.post("b@x.test")
    await until(lambda: office.stage("b@x.test") is Stage.RETRY)
    longer_s = office.targets()["b@x.test"].state.due_ms / 1000 - office.clock.now()
    office.hub.change(retries=0, resends=0)
    office.post("c@x.test")
    await until(office.reported)

    assert 13 * 60 < usual_s < 17 * 60
    assert 88 * 60 < longer_s < 111 * 60
    assert b"c@x.test" in office.reported()[0][1]


async def test_more_connections_are_opened_when_more_are_allowed(office, remote):
    gate = asyncio.Event()

    async def slowly(verb, argument):
        if verb == "DATA":
            await gate.wait()

    servers = [await remote(slowly) for _ in range(2)]
    office.set(pool=None)
    office.hub.settings["outbound_connections"] = 1
    await office.open()
    for server in servers:
        office.smart_host(server)
        office.hub.change()
        office.post("a@x.test")
        await until(lambda: len(office.targets()) == 1)
        await until(lambda: servers[0].connections == 1)
    await asyncio.sleep(0.2)
    assert [server.connections for server in servers] == [1, 0]

    office.hub.change(outbound_connections=2)

    await until(lambda: [server.connections for server in servers] == [1, 1])
    gate.set()
    await until(lambda: all(server.taken for server in servers))


async def test_a_new_host_name_is_said_to_the_next_server_and_in_reports(
    office, remote
):
    server = await remote(lambda verb, _: "550 no" if verb == "RCPT" else None)
    office.smart_host(server)
    await office.open()
    office.post("a@x.test")
    await until(lambda: len(office.reported()) == 1)
    office.hub.change(hostname="new.test")
    await until(lambda: "QUIT" in server.commands)  # it had nothing to do any more

    office.post("b@x.test")
    await until(lambda: len(office.reported()) == 2)

    greetings = [line for line in server.commands if line.startswith("EHLO")]
    assert greetings == ["EHLO here.test", "EHLO new.test"]
    first, second = [content for _, content in office.reported()]
    assert b"mailer-daemon@here.test" in first
    assert b"mailer-daemon@new.test" in second
