"""Where QueueMax sends mail: relay, backup, smart hosts of domains (DOM-1, 2, 11)."""

from fix_outbound import ByAddress
from mailmax.hub.contract.rows import DomainRow
from mailmax.policy.retry import RetryLimits, Stage
from waiting import until


def at(office, **servers):
    """Let servers stand at addresses, written with underscores behind ``h``."""
    office.set(dialer=ByAddress(**{name[1:]: one for name, one in servers.items()}))


def last_reply(office, recipient):
    page = office.hub.listed(limit=50)
    return {row.recipient: row.last_reply for row in page.rows}[recipient]


async def test_a_relay_domain_s_mail_goes_to_its_server_at_once(office, remote):
    """DOM-1: not over the smart host, and loopback is allowed: it is configured."""
    smart, server = await remote(), await remote()
    office.smart_host(smart)
    office.hub.domains["relay.test"] = DomainRow(
        1, "relay.test", "relay", delivery_address=f"127.0.0.1:{server.port}"
    )
    await office.open()

    office.post("a@relay.test", "b@Relay.test", "c@far.test")

    await until(lambda: server.taken and smart.taken)
    assert server.taken[0].recipients == ["a@relay.test", "b@Relay.test"]
    assert smart.taken[0].recipients == ["c@far.test"]


async def test_a_new_delivery_address_counts_from_the_next_try(office, remote):
    server = await remote()
    rows = [
        DomainRow(1, "relay.test", "relay", delivery_address=address)
        for address in ("", f"127.0.0.1:{server.port}")
    ]
    office.set(retry=RetryLimits(retry_minutes=15))
    office.hub.domains["relay.test"] = rows[0]
    await office.open()
    office.post("a@relay.test")
    await until(lambda: office.stage("a@relay.test") is Stage.RETRY)
    assert last_reply(office, "a@relay.test") == "relay.test has no delivery address"
    await office.close()

    office.hub.domains["relay.test"] = rows[1]
    office.clock.ahead_s = 3600
    await office.open()

    await until(lambda: server.taken)
    assert not office.reported()


async def test_a_backup_domain_s_mail_waits_for_a_better_server(office, remote):
    """DOM-11: ours, and those behind us, are never tried; then the primary is there."""
    smart, worse, primary = await remote(), await remote(), await remote()
    office.smart_host(smart)
    office.resolver.exchangers["b.test"] = [
        (10, "one.b.test"), (20, "here.test"), (30, "three.b.test"),
    ]  # fmt: skip
    office.resolver.addresses |= {
        "one.b.test": ["192.0.2.1"],
        "here.test": ["192.0.2.2"],
        "three.b.test": ["192.0.2.3"],
    }
    at(office, h192_0_2_2=worse, h192_0_2_3=worse)
    office.hub.domains["b.test"] = DomainRow(1, "b.test", "backup", priority=5)
    await office.open()
    office.post("a@b.test")
    await until(lambda: office.stage("a@b.test") is Stage.RETRY)
    await office.close()

    at(office, h192_0_2_1=primary, h192_0_2_2=worse, h192_0_2_3=worse)
    office.clock.ahead_s = 3600
    await office.open()

    await until(lambda: primary.taken)
    assert primary.taken[0].recipients == ["a@b.test"]
    assert (worse.connections, smart.connections) == (0, 0)


async def test_a_backup_domain_where_we_are_not_listed(office, remote):
    """DECISIONS 19: the priority stands in; an address of ours is us by any name."""
    server = await remote()
    office.resolver.exchangers |= {
        "b.test": [(10, "one.test"), (20, "two.test")],
        "c.test": [(5, "us.test"), (10, "one.test")],
    }
    office.resolver.addresses |= {
        "one.test": ["192.0.2.1"], "two.test": ["192.0.2.2"], "us.test": ["192.0.2.9"],
    }  # fmt: skip
    at(office, h192_0_2_1=server, h192_0_2_2=server, h192_0_2_9=server)
    office.set(own_addresses=lambda: frozenset({"192.0.2.9"}))
    for number, name in enumerate(("b.test", "c.test"), 1):
        office.hub.domains[name] = DomainRow(number, name, "backup", priority=10)
    await office.open()

    office.post("a@b.test")
    office.post("a@c.test")

    for name in ("a@b.test", "a@c.test"):
        await until(lambda name=name: office.stage(name) is Stage.RETRY)
        assert "no better mail server" in last_reply(office, name)
    assert server.connections == 0


async def test_the_smart_host_is_that_of_the_sender_s_domain(office, remote):
    """DOM-2: on, off, the system's; the null path and strangers: the system's."""
    system, own, far = await remote(), await remote(), await remote()
    office.smart_host(system)
    office.resolver.addresses["far.test"] = ["192.0.2.1"]

    class Dialer(ByAddress):
        async def dial(self, link, address, port, *, is_configured=False):
            if is_configured:
                self.ports[address] = port
            return await super().dial(link, address, port)

    office.set(dialer=Dialer(**{"192_0_2_1": far}))
    for number, (name, more) in enumerate(
        {
            "own.test": {
                "smart_host_on": True,
                "smart_host": f"127.0.0.1:{own.port}",
                "aliases": ("alias.test",),
            },
            "off.test": {"smart_host_on": False},
            "on.test": {"smart_host_on": True},
            "unset.test": {"smart_host": f"127.0.0.1:{own.port}"},
        }.items(),
        1,
    ):
        row = DomainRow(number, name, **more)
        office.hub.domains |= dict.fromkeys((name, *row.aliases), row)
    await office.open()

    for sender in ("own", "alias", "off", "on", "unset", "stranger"):
        office.post("a@far.test", sender=f"me@{sender}.test")
    office.post("a@far.test", sender="")

    servers = (system, own, far)
    await until(lambda: sum(len(one.taken) for one in servers) == 7)
    assert [{mail.reverse_path for mail in one.taken} for one in servers] == [
        {"me@on.test", "me@unset.test", "me@stranger.test", ""},
        {"me@own.test", "me@alias.test"},
        {"me@off.test"},
    ]


async def test_a_smart_host_is_switched_off_and_on_live(office, remote):
    """GEN-8."""
    smart, far = await remote(), await remote()
    office.resolver.addresses["far.test"] = ["192.0.2.1"]
    at(office, h192_0_2_1=far, h127_0_0_1=smart)
    await office.open()
    office.post("1@far.test")
    await until(lambda: far.taken)

    office.hub.change(smart_host_on=True, smart_host=f"127.0.0.1:{smart.port}")
    office.post("2@far.test")
    await until(lambda: smart.taken)
    office.hub.change(smart_host_on=False)
    office.post("3@far.test")

    await until(lambda: len(far.taken) == 2)
    assert [mail.recipients for mail in smart.taken] == [["2@far.test"]]
