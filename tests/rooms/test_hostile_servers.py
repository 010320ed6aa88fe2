"""TRUST catalogue, table C (hostile remote servers), by row: C1, C2, C3, C5.

The real QueueMax over loopback, servers by script. Whatever a server says, and
wherever it stops: the mail waits and is tried again, nobody is told that it failed,
no connection is held beyond its time, and no more is kept of a reply than 64 KiB.
"""

import asyncio
import logging
import ssl
from dataclasses import replace

import pytest

from fix_outbound import OFFERS, Cut, Streets
from mailmax.net.tls import unverified_context
from mailmax.policy.retry import Stage
from mailmax.wire.smtp.remote import REPLY_OCTETS, UNREAD_OCTETS, ReplyReader
from waiting import until

STEPS = ("GREETING", "EHLO", "MAIL", "RCPT", "DATA", ".")
NONSENSE = {
    "endless": b"2" * (1 << 20),
    "endless-text": b"250 " + b"x" * (1 << 20),
    "continued": b"250-more\r\n" * 100_000,
    "mixed": b"250-a\r\n251 b\r\n",
    "short": b"25\r\n",
    "high": b"999 what\r\n",
    "low": b"150 what\r\n",
    "letter": b"2x0 what\r\n",
    "long": b"2500 what\r\n",
    "wide": "２５０ what\r\n".encode(),
    "words": b"hello\r\n",
    "empty": b"\r\n",
    "nul": b"\0\0\0\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n",
    "bye": b"421 4.3.2 bye\r\n",
}
SURPRISES = [
    ("GREETING", b"354 go\r\n"),
    ("EHLO", b"354 go\r\n"),
    ("MAIL", b"354 go\r\n"),
    ("RCPT", b"354 go\r\n"),
    ("DATA", b"250 ok\r\n"),
    ("DATA", b"355 go\r\n"),
    ("MAIL", b"250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n250 and more\r\n"),
    ("RCPT", b"250 ok\r\n421 bye\r\n"),
    ("EHLO", b"250 mx\r\n250 unasked\r\n"),
]


@pytest.fixture
def kept(monkeypatch):
    """Keep the most that any reader of replies held."""
    most = [0, 0]
    feed, take = ReplyReader.feed, ReplyReader._take_line

    def note_feed(reader, octets):
        feed(reader, octets)
        most[0] = max(most[0], len(reader._rest))

    def note_line(reader, line):
        most[1] = max(most[1], reader._octets)
        return take(reader, line)

    monkeypatch.setattr(ReplyReader, "feed", note_feed)
    monkeypatch.setattr(ReplyReader, "_take_line", note_line)
    return most


async def attack(office, remote, scripts):
    """Send a message to a server for each script; wait until all are put off."""
    streets = Streets(office)
    for number, script in enumerate(scripts):
        streets.build(f"x{number}.test", await remote(script))
    service = await office.open()
    for number in range(len(scripts)):
        office.post(f"a@x{number}.test")
    await until(lambda: len(all_put_off(office)) == len(scripts))
    assert not office.reported()
    await until(lambda: not service._pool.connections)
    assert [slots.taken for slots in service._pool._slots.values()] == [0, 0]
    return service


def say(step, reply):
    return lambda verb, _: reply if verb == step else None


@pytest.mark.parametrize("step", STEPS)
async def test_c1_nonsense_at_every_step(office, remote, kept, step):
    """TRUST C1: without a word behind the final dot, a duplicate is possible."""
    scripts = [say(step, reply) for reply in NONSENSE.values()]

    service = await attack(office, remote, scripts)

    answered = 1  # 421 is an answer
    assert service.doubtful == (len(NONSENSE) - answered if step == "." else 0)
    assert kept[0] <= UNREAD_OCTETS
    assert kept[1] <= REPLY_OCTETS


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("before", [b"", b"2", b"250", b"250-more\r\n", b"250 ok"])
async def test_c1_closed_anywhere(office, remote, step, before):
    """Also in the middle of a reply."""
    server = await remote(say(step, Cut(before)))
    Streets(office, x=server)
    service = await office.open()
    office.post("a@x.test")
    await until(lambda: office.stage("a@x.test") is Stage.RETRY)

    assert not office.reported()
    assert service.doubtful == (step == ".")


async def test_c1_answers_to_what_was_not_asked(office, remote):
    await attack(office, remote, [say(step, reply) for step, reply in SURPRISES])


def dripping(servers, step):
    number = len(servers)

    async def drip(verb, _):
        if verb == step:
            writer = servers[number].writer
            for _ in range(300):
                writer.write(b"2")
                await asyncio.sleep(0.1)

    return drip


def silent(step):
    async def wait(verb, _):
        if verb == step:
            await asyncio.sleep(60)

    return wait


@pytest.mark.timed
async def test_c1_replies_that_drip_or_never_come(office, remote):
    """One deadline a command, however its answer drips."""
    servers = []
    streets = Streets(office)
    for step in STEPS:
        servers.append(await remote(dripping(servers, step)))
        streets.build(f"drip{len(servers)}.test", servers[-1])
        streets.build(f"silent{len(servers)}.test", await remote(silent(step)))
    service = await office.open()
    begin = asyncio.get_running_loop().time()
    for domain in office.resolver.addresses:
        office.post(f"a@{domain}")
    await until(lambda: len(all_put_off(office)) == 2 * len(STEPS))

    assert asyncio.get_running_loop().time() - begin < 10  # limits are 3 s
    assert service.doubtful == 2
    assert not office.reported()
    assert all("in time" in target.state.text for target in all_put_off(office))


def all_put_off(office):
    return [t for t in office.targets().values() if t.stage is Stage.RETRY]


async def test_c1_a_flood_to_an_idle_connection_is_not_kept(office, remote, kept):
    """What nobody reads does not pile up; the next mail takes another connection."""
    hung_up = asyncio.Event()

    async def flood(verb, _):
        if verb == ".":
            writer = server.writer
            writer.write(b"250 taken\r\n")
            try:
                while True:
                    writer.write(b"250 and thanks\r\n" * 10_000)
                    await writer.drain()
            finally:
                hung_up.set()

    server = await remote(flood)
    Streets(office, x=server)
    await office.open()
    office.post("a@x.test")
    await asyncio.wait_for(hung_up.wait(), 30)
    server.answers = lambda verb, _: None
    office.post("b@x.test")
    await until(lambda: ["b@x.test"] in [mail.recipients for mail in server.taken])

    assert kept[0] <= UNREAD_OCTETS


async def test_c1_a_server_that_stops_reading_is_given_up(office, remote):
    """The content does not fit into anybody's buffers."""

    async def stop(verb, _):
        if verb == "DATA":
            server.writer.write(b"354 go\r\n")
            await asyncio.sleep(60)

    server = await remote(stop)
    Streets(office, x=server)
    service = await office.open()
    office.post("a@x.test", content=b"x" * 12_000_000)
    await until(lambda: office.stage("a@x.test") is Stage.RETRY)

    assert not service.doubtful, "its end was never sent"


@pytest.mark.parametrize(
    "words",
    [
        b"\x1b[2J\x1b]0;title\x07",
        b"\xef\xbb\xbfnobody",
        b"\xff\xfe\x80\x9b31m",
        b"a\rb\x0bc\x0cd\x85e\xc2\x85f\xe2\x80\xa8g",
        b"\0\0\0",
        b".\rMAIL FROM:<evil@x.test>",
        b"x" * 60_000,
        b"%s%n{0} $(id) `id` <script>",
    ],
)
async def test_c2_what_a_server_says_is_shown_and_never_acts(
    office, remote, caplog, words
):
    """In logs, lists and reports: one line of printable ASCII, of 1 KiB at most."""
    caplog.set_level(logging.INFO)

    def script(verb, argument):
        if verb != "RCPT":
            return None
        return (b"451 " if "later" in argument else b"550 5.1.1 ") + words + b"\r\n"

    Streets(office, x=await remote(script))
    await office.open()
    office.post("later@x.test", "never@x.test")
    await until(lambda: office.reported() and office.stage("later@x.test"))
    await until(lambda: office.stage("later@x.test") is Stage.RETRY)

    rows = office.hub.listed().rows
    [shown] = [row.last_reply for row in rows if row.recipient == "later@x.test"]
    assert shown.isascii()
    assert shown.isprintable()
    assert len(shown) <= 1100
    _, report = office.reported()[0]
    assert set(report) <= {9, 10, 13, *range(32, 127)}
    assert report.count(b"\r") == report.count(b"\n") == report.count(b"\r\n")
    assert report.lower().count(b"\nfinal-recipient:") == 1
    for line in caplog.text.splitlines():
        assert line.isprintable()
        assert len(line) < 1500


# C3


@pytest.mark.parametrize("trouble", ["stall", "old", "vanishes", "closes"])
async def test_c3_tls_that_fails_is_given_up_once(
    office, remote, loopback_tls, caplog, monkeypatch, trouble
):
    """Once without, and logged; a handshake has 30 s at most."""
    monkeypatch.setattr("mailmax.net.link.HANDSHAKE_S", 1.0)
    caplog.set_level(logging.INFO)
    server = await remote(tls=loopback_tls.server)

    async def fail(verb, _):
        if verb == "EHLO" and trouble == "vanishes" and server.connections > 1:
            server.tls = None
        if verb != "STARTTLS":
            return None
        if trouble == "old":
            return None
        server.writer.write(b"220 go\r\n")
        if trouble == "stall":
            await asyncio.sleep(60)
        return "CLOSE"

    server.answers = fail
    if trouble == "old":
        server.tls = old_context(loopback_tls)
    Streets(office, x=server)
    office.set(tls=unverified_context())
    await office.open()
    office.post("a@x.test")
    await until(lambda: server.taken)

    assert not server.taken[0].encrypted
    assert server.connections == 2
    assert "once without" in caplog.text


def old_context(loopback_tls):
    """Return a server's context that knows nothing newer than TLS 1.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.deprecated_call():
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.load_cert_chain(loopback_tls.certificate, loopback_tls.key)
    return context


async def test_c3_what_came_in_the_clear_behind_220_is_forgotten(
    office, remote, loopback_tls
):
    """NO STARTTLS (2021): offers and answers put in front of the handshake."""
    server = await remote(offers=OFFERS, tls=loopback_tls.server)
    injected = (
        b"220 go\r\n250-mx\r\n250 XEVIL\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n"
    )
    server.answers = lambda verb, _: (
        injected[:-2].decode() if verb == "STARTTLS" else None
    )
    Streets(office, x=server)
    office.set(tls=unverified_context())
    await office.open()
    office.post("a@x.test")
    await until(lambda: server.taken)

    assert server.taken[0].encrypted
    assert [line.split()[0] for line in server.commands] == [
        "EHLO",
        "STARTTLS",
        "EHLO",
        "MAIL",
        "RCPT",
        "DATA",
    ]


async def test_c5_what_is_behind_an_address_is_not_told(office, remote):
    """Refused, cut and silent are the same to whoever sends mail to look about."""
    office.set(times=replace(office.options.times, connect_s=0.3))
    deaf = await remote()
    await deaf.stop()
    streets = Streets(office, refused=deaf, silent=None, shut=await remote())
    streets.ports["11.0.0.3"] = deaf.port
    await office.open()
    for domain in office.resolver.addresses:
        office.post(f"a@{domain}")
    await until(lambda: len(all_put_off(office)) == 3)

    texts = {target.state.text.partition(": ")[2] for target in all_put_off(office)}
    assert texts <= {"no connection", "no connection in time"}


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]
)
async def test_c5_strangers_name_no_inner_address(office, remote, address):
    """An MX that leads to loopback or to a cloud's metadata is not even called."""
    server = await remote()
    office.set(mx_port=server.port)
    office.resolver.addresses["x.test"] = [address]
    await office.open()
    office.post("a@x.test")
    await until(office.reported)

    assert b"Status: 5.4.4" in office.reported()[0][1]
    assert not server.connections
