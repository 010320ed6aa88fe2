"""The resolver against a name server of our own, over UDP and TCP (TRUST C4, M8)."""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Callable

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from mailmax.base.dns import MxRecord
from mailmax.base.errors import TemporaryFailure
from mailmax.net.resolver import DnsResolver, load_name_servers
from mailmax.observe.events.catalogue import describe
from mailmax.observe.events.kinds import Kind
from mailmax.observe.trace import Trace

Script = Callable[[dns.message.Message, str], list[bytes]]
SOA = "ns.test. root.test. 1 3600 600 86400 60"


class NameServerTwin:
    """Answers every question with what the script says."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[tuple[str, str]] = []
        self.ports: set[int] = set()
        self.names: list[str] = []
        self.address = ("127.0.0.1", 0)

    def answer(self, octets: bytes, way: str) -> list[bytes]:
        query = dns.message.from_wire(octets)
        self.asked.append((str(query.question[0].name).lower(), way))
        self.names.append(str(query.question[0].name))
        return self.script(query, way)


@contextlib.asynccontextmanager
async def serving(script: Script) -> AsyncIterator[NameServerTwin]:
    twin = NameServerTwin(script)

    class Udp(asyncio.DatagramProtocol):
        def connection_made(self, transport):
            self.transport = transport

        def datagram_received(self, data, addr):
            twin.ports.add(addr[1])
            for reply in twin.answer(data, "udp"):
                self.transport.sendto(reply, addr)

    handlers = []

    async def tcp(reader, writer):
        handlers.append(asyncio.current_task())
        size = struct.unpack("!H", await reader.readexactly(2))[0]
        for reply in twin.answer(await reader.readexactly(size), "tcp"):
            writer.write(struct.pack("!H", len(reply)) + reply)
        await writer.drain()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    transport, server = await _listen_twice(Udp, tcp)
    twin.address = transport.get_extra_info("sockname")
    try:
        yield twin
    finally:
        transport.close()
        server.close()
        await server.wait_closed()
        await asyncio.gather(*handlers)
        await asyncio.sleep(0.01)  # closed sockets are let go by the loop


async def _listen_twice(udp, tcp):
    """Take a port that is free for UDP and TCP."""
    loop = asyncio.get_running_loop()
    while True:
        server = await asyncio.start_server(tcp, "127.0.0.1", 0)
        address = server.sockets[0].getsockname()
        try:
            transport, _ = await loop.create_datagram_endpoint(udp, local_addr=address)
        except OSError:
            server.close()
            await server.wait_closed()
        else:
            return transport, server


@contextlib.contextmanager
def resolving(*servers, patience_s=0.3, timeout_s=5.0, trace=None):
    resolver = DnsResolver(
        servers, patience_s=patience_s, timeout_s=timeout_s, trace=trace
    )
    try:
        yield resolver
    finally:
        resolver.close()


def reply_to(query, *records, rcode="NOERROR", soa=False, flags=0):
    reply = dns.message.make_response(query)
    reply.set_rcode(dns.rcode.from_text(rcode))
    reply.flags |= flags
    for name, kind, *texts in records:
        reply.answer.append(
            dns.rrset.from_text(name or query.question[0].name, 60, "IN", kind, *texts)
        )
    if soa:
        reply.authority.append(dns.rrset.from_text("test.", 60, "IN", "SOA", SOA))
    return reply.to_wire(max_size=65535)


def always(*records, **more) -> Script:
    return lambda query, way: [reply_to(query, *records, **more)]


async def test_mx_records_are_read():
    async with serving(always((None, "MX", "20 B.Test.", "10 a.test."))) as twin:
        with resolving(twin.address) as resolver:
            answer = await resolver.mx("example.test")
    assert {MxRecord(20, "b.test"), MxRecord(10, "a.test")} == set(answer.records)


async def test_null_mx_has_an_empty_host():
    async with serving(always((None, "MX", "0 ."))) as twin:
        with resolving(twin.address) as resolver:
            answer = await resolver.mx("example.test")
    assert (MxRecord(0, ""),) == answer.records


async def test_addresses_names_and_texts_are_read():
    def script(query, way):
        kind = query.question[0].rdtype
        rows = {
            1: ("A", "192.0.2.1", "192.0.2.2"),
            28: ("AAAA", "2001:db8::1"),
            12: ("PTR", "Host.Test."),
            16: ("TXT", '"v=spf1 " "-all"'),
        }
        return [reply_to(query, (None, *rows[kind]))]

    async with serving(script) as twin:
        with resolving(twin.address) as resolver:
            assert {"192.0.2.1", "192.0.2.2"} == set(
                (await resolver.a("h.test")).records
            )
            assert (await resolver.aaaa("h.test")).records == ("2001:db8::1",)
            assert (await resolver.ptr("192.0.2.1")).records == ("host.test",)
            assert (await resolver.txt("h.test")).records == (b"v=spf1 -all",)
            assert not (await resolver.ptr("no address")).exists
    assert ("1.2.0.192.in-addr.arpa.", "udp") in twin.asked


async def test_nxdomain_and_no_data_are_answers():
    async with serving(always(rcode="NXDOMAIN", soa=True)) as twin:
        with resolving(twin.address) as resolver:
            missing = await resolver.a("no.test")
    async with serving(always(soa=True)) as twin:
        with resolving(twin.address) as resolver:
            empty = await resolver.a("no.test")
    assert (missing.exists, missing.records) == (False, ())
    assert (empty.exists, empty.records) == (True, ())


@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED", "NOTIMP", "FORMERR"])
async def test_a_server_that_cannot_say_is_a_temporary_failure(rcode):
    async with serving(always(rcode=rcode)) as twin:
        with resolving(twin.address) as resolver:
            with pytest.raises(TemporaryFailure):
                await resolver.mx("example.test")
            asked = len(twin.asked)
            with pytest.raises(TemporaryFailure):
                await resolver.mx("example.test")
    assert asked == len(twin.asked), "a failure is remembered for a moment (RFC 9520)"


async def test_the_second_server_answers_when_the_first_is_silent():
    live_script = always((None, "A", "192.0.2.1"))
    async with serving(lambda q, w: []) as dead, serving(live_script) as live:
        with resolving(dead.address, live.address, patience_s=0.05) as resolver:
            answer = await resolver.a("h.test")
    assert answer.records == ("192.0.2.1",)


async def test_a_closed_port_costs_no_patience():
    async with serving(always((None, "A", "192.0.2.1"))) as live:
        with resolving(("127.0.0.1", 1), live.address, patience_s=30) as resolver:
            async with asyncio.timeout(20):
                answer = await resolver.a("h.test")
    assert answer.records == ("192.0.2.1",)


async def test_a_caller_waits_only_as_long_as_it_said():
    async with serving(lambda q, w: []) as dead:
        with resolving(dead.address, patience_s=30, timeout_s=0.05) as resolver:
            async with asyncio.timeout(20):
                with pytest.raises(TemporaryFailure):
                    await resolver.a("h.test")


@pytest.mark.timed
async def test_truncated_replies_are_asked_again_over_tcp():
    texts = [f'"{number} {"x" * 200}"' for number in range(250)]

    def script(query, way):
        if way == "udp":
            return [reply_to(query, flags=dns.flags.TC)]
        return [reply_to(query, (None, "TXT", *texts))]

    async with serving(script) as twin:
        with resolving(twin.address) as resolver:
            answer = await resolver.txt("big.test")
    assert len(texts) == len(answer.records)
    assert twin.asked == [("big.test.", "udp"), ("big.test.", "tcp")]


async def test_wrong_ids_names_cases_and_garbage_are_not_believed():
    """TRUST M8: the right reply is still taken when it comes after all that."""

    def script(query, way):
        good = reply_to(query, (None, "A", "192.0.2.1"))
        bad = reply_to(query, (None, "A", "192.0.2.66"))
        wrong_id = struct.pack("!H", query.id ^ 1) + bad[2:]
        wrong_case = bad[:12] + bad[12:].swapcase()
        question_back = query.to_wire()
        return [wrong_id, wrong_case, question_back, b"", b"\0" * 11, good[:13], good]

    async with serving(script) as twin:
        with resolving(twin.address) as resolver:
            answer = await resolver.a("abcdefgh.test")
    assert answer.records == ("192.0.2.1",)


async def test_names_are_asked_in_random_case_from_changing_ports():
    async with serving(always(soa=False)) as twin:
        with resolving(twin.address) as resolver:
            for number in range(130):
                await resolver.a(f"abcdefghijklmnop{number}.test")
    assert len({name.strip("0123456789.") for name in twin.names}) > 50
    assert len(twin.ports) == 3


async def test_the_cache_answers_the_second_time():
    async with serving(always((None, "A", "192.0.2.1"))) as twin:
        with resolving(twin.address) as resolver:
            first = await resolver.a("h.test")
            second = await resolver.a("H.TEST.")
    assert first.records == second.records
    assert len(twin.asked) == 1


async def test_ttl_zero_is_not_kept():
    def script(query, way):
        reply = dns.message.make_response(query)
        name = query.question[0].name
        reply.answer.append(dns.rrset.from_text(name, 0, "IN", "A", "192.0.2.1"))
        return [reply.to_wire()]

    async with serving(script) as twin:
        with resolving(twin.address) as resolver:
            await resolver.a("h.test")
            await resolver.a("h.test")
    assert len(twin.asked) == 2


async def test_the_same_question_is_asked_once_at_a_time():
    async with serving(always((None, "A", "192.0.2.1"))) as twin:
        with resolving(twin.address) as resolver:
            answers = await asyncio.gather(*[resolver.a("h.test") for _ in range(50)])
    assert {("192.0.2.1",)} == {answer.records for answer in answers}
    assert len(twin.asked) == 1


async def test_cname_chains_are_followed_in_and_across_replies():
    def script(query, way):
        name = str(query.question[0].name).lower()
        if name == "a.test.":
            return [reply_to(query, (None, "CNAME", "b.test."))]
        return [
            reply_to(query, (None, "CNAME", "c.test."), ("c.test.", "A", "192.0.2.1"))
        ]

    async with serving(script) as twin:
        with resolving(twin.address) as resolver:
            answer = await resolver.a("a.test")
    assert answer.records == ("192.0.2.1",)
    assert answer.canonical == "c.test"


async def test_a_cname_loop_ends():
    def script(query, way):
        name = str(query.question[0].name).lower()
        target = {"a.test.": "b.test.", "b.test.": "a.test."}[name]
        return [reply_to(query, (None, "CNAME", target))]

    async with serving(script) as twin:
        with resolving(twin.address) as resolver:
            answer = await resolver.a("a.test")
    assert answer.records == ()


@pytest.mark.parametrize(
    "name", ["a..b", "x" * 64 + ".test", "a" * 300, "-\u2028.test"]
)
async def test_impossible_names_do_not_exist(name):
    with resolving(("127.0.0.1", 1)) as resolver:
        answer = await resolver.mx(name)
    assert not answer.exists


async def test_internationalised_names_are_asked_as_a_labels():
    async with serving(always((None, "A", "192.0.2.1"))) as twin:
        with resolving(twin.address) as resolver:
            await resolver.a("bücher.test")
    assert twin.asked == [("xn--bcher-kva.test.", "udp")]


def test_name_servers_come_from_resolv_conf(tmp_path):
    path = tmp_path / "resolv.conf"
    path.write_text("# x\nsearch a\nnameserver 192.0.2.1\nnameserver ::1\noptions x\n")

    assert load_name_servers(path) == [("192.0.2.1", 53), ("::1", 53)]
    assert load_name_servers(tmp_path / "none") == [("127.0.0.1", 53)]


async def test_who_watches_the_dns_sees_questions_and_answers():
    """Manual §4.4.1, DNS activity; what the cache knows is not asked."""
    trace, seen = Trace(), []
    trace.subscribe({Kind.DNS}, lambda event: seen.append(describe(event)))

    async with serving(always((None, "MX", "10 a.test.", "20 b.test."))) as twin:
        with resolving(twin.address, trace=trace) as resolver:
            await resolver.mx("example.test")
            await resolver.mx("example.test")

    host, port = twin.address
    assert seen[0] == f"[{host}]:{port}: MX of example.test.?"
    assert seen[1] in {
        f"[{host}]:{port}: MX of example.test.: 10 a.test, 20 b.test",
        f"[{host}]:{port}: MX of example.test.: 20 b.test, 10 a.test",
    }
    assert len(seen) == 2


async def test_who_watches_the_dns_sees_that_there_is_no_answer():
    trace, seen = Trace(), []
    trace.subscribe({Kind.DNS}, lambda event: seen.append(describe(event)))

    async with serving(always(rcode="SERVFAIL")) as twin:
        with (
            resolving(twin.address, trace=trace) as resolver,
            pytest.raises(TemporaryFailure),
        ):
            await resolver.a("example.test")

    assert seen[1].endswith("A of example.test.: it could not say")
