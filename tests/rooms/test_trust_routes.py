"""Where a stranger's DNS may lead our mail, and where not (TRUST C4, C5)."""

import asyncio

import pytest

from fix_dns import DnsServer
from fix_outbound import ByAddress, Office
from mailmax.hub.contract.rows import DomainRow
from mailmax.net.resolver import DnsResolver
from mailmax.policy.retry import Stage
from waiting import until

HERE = "192.0.2.99"
"""An address of ours."""
INSIDE = [
    *("127.0.0.1", "127.9.9.9", "0.0.0.0", "169.254.169.254", "224.0.0.1"),
    *("::1", "::", "fe80::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
    *("::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "ff02::1"),
]


@pytest.fixture
async def asking(office: Office, dns_server: DnsServer):
    """Give a QueueMax that asks our name server; it is not started yet."""
    office.resolver = resolver = DnsResolver([dns_server.address], patience_s=0.3)
    office.set(own_addresses=lambda: frozenset({HERE}))
    yield office
    await office.close()
    resolver.close()
    await asyncio.sleep(0.01)  # closed sockets are let go by the loop


def lead(dns: DnsServer, host: str, *addresses: str) -> None:
    """Give a host addresses."""
    dns.put(host, "A", *[one for one in addresses if ":" not in one])
    dns.put(host, "AAAA", *[one for one in addresses if ":" in one])


async def returned(office: Office, recipient: str = "a@far.test") -> bytes:
    """Send a message that comes back; return the report."""
    await office.open()
    office.post(recipient)
    await until(office.reported)
    return office.reported()[0][1]


@pytest.mark.parametrize("address", INSIDE)
async def test_c4_an_exchanger_inside_of_this_computer_is_never_called(
    asking, remote, dns_server, address
):
    server = await remote()
    asking.set(mx_port=server.port)
    dns_server.put("far.test", "MX", "10 mx.far.test.")
    lead(dns_server, "mx.far.test", address)

    report = await returned(asking)

    assert b"Status: 5.4.4" in report
    assert server.connections == 0


async def test_c4_nor_one_that_is_named_as_an_address(asking, remote, dns_server):
    server = await remote()
    asking.set(mx_port=server.port)
    dns_server.put("far.test", "MX", "10 127.0.0.1.")

    assert b"Status: 5.4.4" in await returned(asking)
    assert server.connections == 0


@pytest.mark.parametrize("domain", ["[127.0.0.1]", "[IPv6:::1]", "[0.0.0.0]"])
async def test_c4_nor_an_address_that_a_sender_names(asking, remote, domain):
    server = await remote()
    asking.set(mx_port=server.port)

    assert b"Status: 5.4.4" in await returned(asking, f"a@{domain}")
    assert server.connections == 0


async def test_c4_the_others_of_an_exchanger_are_called(asking, remote, dns_server):
    """One with an address inside has another outside, of a private network at that."""
    server = await remote()
    dialer = ByAddress(**{"10_0_0_7": server})
    asking.set(dialer=dialer)
    dns_server.put("far.test", "MX", "10 mx.far.test.")
    lead(dns_server, "mx.far.test", "127.0.0.1", "10.0.0.7")
    await asking.open()

    asking.post("a@far.test")

    await until(lambda: server.taken)
    assert dialer.dialed == ["10.0.0.7"]


@pytest.mark.parametrize("host", ["here.test", "other-name-of-us.test"])
async def test_c4_mail_never_goes_round(asking, dns_server, host):
    """We are the best exchanger, by name or by address: no line is opened."""
    asking.set(dialer=(dialer := ByAddress()))
    dns_server.put("far.test", "MX", f"10 {host}.", "20 worse.far.test.")
    lead(dns_server, host, HERE)
    lead(dns_server, "worse.far.test", "192.0.2.1")

    assert b"Status: 5.4.6" in await returned(asking)
    assert dialer.dialed == []


async def test_c4_a_literal_of_ours_goes_round_neither(asking):
    asking.set(dialer=(dialer := ByAddress()))

    assert b"Status: 5.4.6" in await returned(asking, f"a@[{HERE}]")
    assert dialer.dialed == []


async def test_c4_the_null_mx(asking, dns_server):
    dns_server.put("far.test", "MX", "0 .")
    lead(dns_server, "far.test", "192.0.2.1")

    assert b"Status: 5.1.10" in await returned(asking)


@pytest.mark.parametrize("trouble", ["truncated", "short-mx", "SERVFAIL", "silence"])
async def test_c4_answers_that_say_nothing_return_no_mail(asking, dns_server, trouble):
    dns_server.put("far.test", "MX", "10 mx.far.test.")
    dns_server.trouble = {"far.test": trouble}
    await asking.open()

    asking.post("a@far.test")

    await until(lambda: asking.stage("a@far.test") is Stage.RETRY)
    assert asking.targets()["a@far.test"].state.status == "4.4.3"
    assert not asking.reported()


async def test_c4_an_exchanger_in_trouble_does_not_hide_the_next(
    asking, remote, dns_server
):
    server = await remote()
    asking.set(dialer=ByAddress(**{"192_0_2_1": server}))
    dns_server.put("far.test", "MX", "10 sick.test.", "20 well.test.")
    dns_server.trouble = {"sick.test": "SERVFAIL"}
    lead(dns_server, "well.test", "192.0.2.1")
    await asking.open()

    asking.post("a@far.test")

    await until(lambda: server.taken)


async def test_c4_chains_of_other_names_are_followed(asking, remote, dns_server):
    """The domain's and its exchanger's."""
    server = await remote()
    asking.set(dialer=ByAddress(**{"192_0_2_1": server}))
    dns_server.put("far.test", "CNAME", "b.test.")
    dns_server.put("b.test", "CNAME", "c.test.")
    dns_server.put("c.test", "MX", "10 mx.test.")
    dns_server.put("mx.test", "CNAME", "mx2.test.")
    lead(dns_server, "mx2.test", "192.0.2.1")
    await asking.open()

    asking.post("a@far.test")

    await until(lambda: server.taken)


async def test_c4_a_chain_without_end_ends(asking, dns_server):
    dns_server.put("far.test", "MX", "10 a.test.")
    dns_server.put("a.test", "CNAME", "b.test.")
    dns_server.put("b.test", "CNAME", "a.test.")

    await returned(asking)

    assert len(dns_server.questions("a.test")) < 10


async def test_c4_of_five_hundred_exchangers_twenty_are_looked_for(asking, dns_server):
    dns_server.put(
        "far.test", "MX", *[f"{number} mx{number}.test." for number in range(500)]
    )
    for number in range(500):
        lead(dns_server, f"mx{number}.test", f"192.0.2.{number % 90 + 1}")
    asking.set(dialer=(dialer := ByAddress()))
    await asking.open()

    asking.post("a@far.test")

    await until(lambda: asking.stage("a@far.test") is Stage.RETRY)
    assert dialer.dialed == [f"192.0.2.{number + 1}" for number in range(20)]
    asked = {name for name, _ in dns_server.asked if name.startswith("mx")}
    assert asked == {f"mx{number}.test" for number in range(20)}


async def test_c4_ipv6_alone_is_a_way(asking, remote, dns_server):
    server = await remote()
    dialer = ByAddress(**{"2001:db8::7": server})
    asking.set(dialer=dialer)
    lead(dns_server, "far.test", "2001:db8::7")  # and without an MX
    await asking.open()

    asking.post("a@far.test")
    asking.post("b@[IPv6:2001:db8::7]")

    await until(lambda: len(server.taken) == 2)
    assert set(dialer.dialed) == {"2001:db8::7"}


async def test_c4_a_wildcard_is_a_host_like_any_other(asking, dns_server):
    """A name server that invents addresses: still none inside of us."""
    dns_server.everything = {"test": "127.0.0.1"}
    asking.set(dialer=(dialer := ByAddress()))

    assert b"Status: 5.4.4" in await returned(asking, "a@no-such-name.test")
    assert dialer.dialed == []


async def test_c5_a_name_is_looked_up_once_and_that_address_called(
    asking, remote, dns_server
):
    """DNS rebinding: the second answer, an address inside, is asked for by nobody."""
    server = await remote()
    asking.set(dialer=(dialer := ByAddress(**{"192_0_2_1": server})))
    dns_server.ttl_s = 0
    dns_server.put("far.test", "MX", "10 mx.far.test.")
    lead(dns_server, "mx.far.test", "192.0.2.1")
    await asking.open()
    asking.post("a@far.test")
    await until(lambda: server.taken)
    assert dns_server.asked.count(("mx.far.test", "A")) == 1

    await asking.close()
    lead(dns_server, "mx.far.test", "127.0.0.1")
    await asking.open()
    asking.post("b@far.test")

    await until(asking.reported)
    assert dialer.dialed == ["192.0.2.1"]


async def test_c5_what_an_administrator_named_may_be_inside(asking, remote, dns_server):
    """By address or by a name, and for its domain alone."""
    server = await remote()
    lead(dns_server, "inside.test", "127.0.0.1")
    for number, host in enumerate(("127.0.0.1", "inside.test"), 1):
        name = f"relay{number}.test"
        asking.hub.domains[name] = DomainRow(
            number, name, "relay", delivery_address=f"{host}:{server.port}"
        )
    await asking.open()

    asking.post("a@relay1.test")
    asking.post("a@relay2.test")
    await until(lambda: len(server.taken) == 2)
    asking.post("a@inside.test")

    await until(asking.reported)
    assert len(server.taken) == 2


@pytest.mark.parametrize(
    "error", [ConnectionRefusedError(111, "x"), OSError(113, "x"), TimeoutError()]
)
async def test_c5_a_stranger_cannot_look_about_with_our_eyes(asking, dns_server, error):
    """A host that refuses, is not there or does not answer: the same words."""

    class Dialer:
        async def dial(self, link, address, port, *, is_configured=False):
            raise error

    asking.set(dialer=Dialer())
    lead(dns_server, "far.test", "10.0.0.1")
    await asking.open()

    asking.post("a@far.test")

    await until(lambda: asking.stage("a@far.test") is Stage.RETRY)
    state = asking.targets()["a@far.test"].state
    assert state.text == "far.test[10.0.0.1]: no connection"


async def test_c4_what_our_other_addresses_greet_with_is_us(asking, dns_server):
    asking.set(
        dialer=(dialer := ByAddress()), own_names=lambda: frozenset({"mx.two.test"})
    )
    dns_server.put("far.test", "MX", "10 mx.two.test.")
    lead(dns_server, "mx.two.test", "192.0.2.1")

    assert b"Status: 5.4.6" in await returned(asking)
    assert dialer.dialed == []
