"""What the sender asked for is passed on where it can be, and kept where it cannot."""

import ssl

import pytest

from fix_outbound import OFFERS
from mailmax.base.envelope import Envelope, Recipient, Wishes
from mailmax.net.tls import unverified_context
from mailmax.policy.retry import Stage
from mailmax.queuemax.dispatch import Dispatch
from mailmax.store.spool.port import Entry
from waiting import until

DSN = (*OFFERS, "DSN")
BINARY = (*OFFERS, "CHUNKING", "BINARYMIME")


@pytest.fixture
def outcomes(monkeypatch):
    """Collect what came of each recipient."""
    found = []
    on_sent = Dispatch.on_sent

    def note(dispatch, mail, sent):
        found.extend(sent.outcomes)
        on_sent(dispatch, mail, sent)

    monkeypatch.setattr(Dispatch, "on_sent", note)
    return found


def hand_in(office, *recipients, wishes=None):
    now_ms = int(office.clock.now() * 1000)
    envelope = Envelope("me@here.test", recipients, now_ms, wishes=wishes)
    office.filer.commit([Entry(envelope, chunks=(b"Subject: hello\r\n\r\n",))])


async def test_dsn_is_passed_on_to_who_takes_the_duty_over(office, remote, outcomes):
    """RFC 3461 §5.2.1."""
    server = await remote(offers=DSN)
    office.smart_host(server)
    await office.open()
    hand_in(
        office,
        Recipient("a@x.test", notify="SUCCESS,DELAY", original="rfc822;A+b@x.test"),
        Recipient("b@x.test"),
        wishes=Wishes("id=1", "HDRS"),
    )
    await until(lambda: server.taken and outcomes)

    (mail,) = server.taken
    assert mail.parameters == "SIZE=18 BODY=8BITMIME RET=HDRS ENVID=id+3D1"
    assert mail.asked == ["NOTIFY=SUCCESS,DELAY ORCPT=rfc822;A+2Bb@x.test", ""]
    assert [outcome.is_told_on for outcome in outcomes] == [True, True]


async def test_the_duty_stays_here_where_dsn_is_not_offered(office, remote, outcomes):
    """RFC 3461 §5.2.2: nothing is said."""
    server = await remote()
    office.smart_host(server)
    await office.open()
    wished = Recipient("a@x.test", notify="SUCCESS", original="rfc822;a@x.test")
    hand_in(office, wished, wishes=Wishes("id=1", "HDRS"))
    await until(lambda: server.taken and outcomes)

    assert server.taken[0].parameters == "SIZE=18 BODY=8BITMIME"
    assert server.taken[0].asked == [""]
    assert not outcomes[0].is_told_on


async def test_who_refuses_takes_no_duty_over(office, remote, outcomes):
    server = await remote(lambda verb, _: "550 no" if verb == "." else None, DSN)
    office.smart_host(server)
    await office.open()
    hand_in(office, Recipient("a@x.test"))
    await until(lambda: outcomes)

    assert not outcomes[0].is_told_on


async def test_time_that_is_left_and_urgency_are_passed_on(office, remote):
    """RFC 2852 §4, RFC 6710 §4."""
    server = await remote(offers=(*OFFERS, "DELIVERBY 30", "MT-PRIORITY MIXER"))
    office.smart_host(server)
    await office.open()
    by_ms = int(office.clock.now() * 1000) + 100_500
    hand_in(office, Recipient("a@x.test"), wishes=Wishes("", "", 0, by_ms, "RT", 4))
    await until(lambda: server.taken)

    *_, by, priority = server.taken[0].parameters.split()
    assert by in {"BY=100;RT", "BY=99;RT"}
    assert priority == "MT-PRIORITY=4"


@pytest.mark.parametrize(
    ("left_ms", "offer", "status"),
    [
        (-1, "DELIVERBY", b"5.4.7"),
        (100_500, "DELIVERBY 200", b"5.4.7"),
        (100_500, "HELP", b"5.3.3"),
    ],
)
async def test_mail_that_cannot_be_there_in_time_goes_back(
    office, remote, left_ms, offer, status
):
    """RFC 2852 §4: by-mode R."""
    server = await remote(offers=(*OFFERS, offer))
    office.smart_host(server)
    await office.open()
    by_ms = int(office.clock.now() * 1000) + left_ms
    hand_in(office, Recipient("a@x.test"), wishes=Wishes("", "", 0, by_ms, "R"))
    await until(office.reported)

    assert b"Status: " + status in office.reported()[0][1]
    assert not [line for line in server.commands if line.startswith("MAIL")]


# REQUIRETLS


def require_tls(office, server, proof):
    office.smart_host(server)
    office.set(tls=unverified_context(), proof=proof)
    return Recipient("a@x.test"), Wishes(require_tls=True)


async def test_mail_that_requires_tls_goes_to_who_proves_its_name(
    office, remote, loopback_tls
):
    """RFC 8689 §4.2.1; other mail goes over a connection of its own."""
    server = await remote(offers=(*OFFERS, "REQUIRETLS"), tls=loopback_tls.server)
    recipient, wishes = require_tls(office, server, loopback_tls.client)
    await office.open()
    hand_in(office, recipient, wishes=wishes)
    hand_in(office, recipient)
    await until(lambda: len(server.taken) == 2)

    words = {mail.parameters.split()[-1]: mail.encrypted for mail in server.taken}
    assert words == {"REQUIRETLS": True, "BODY=8BITMIME": True}
    assert server.connections == 2


@pytest.mark.parametrize("lacks", ["TLS", "REQUIRETLS", "certificate", "STARTTLS"])
async def test_mail_that_requires_tls_goes_nowhere_else(
    office, remote, loopback_tls, lacks
):
    """TRUST C3, RFC 8689 §5: it is given back, and not a word of it was said."""
    offers = OFFERS if lacks == "REQUIRETLS" else (*OFFERS, "REQUIRETLS")
    tls = None if lacks == "TLS" else loopback_tls.server
    server = await remote(offers=offers, tls=tls)
    if lacks == "STARTTLS":
        server.answers = lambda verb, _: "454 not now" if verb == "STARTTLS" else None
    trusting = loopback_tls.client
    proof = ssl.create_default_context() if lacks == "certificate" else trusting
    recipient, wishes = require_tls(office, server, proof)
    await office.open()
    hand_in(office, recipient, wishes=wishes)
    await until(office.reported)

    assert b"Status: 5.7.30" in office.reported()[0][1]
    assert not [line for line in server.commands if line.startswith("MAIL")]


async def test_a_host_that_is_away_does_not_send_back_what_requires_tls(
    office, loopback_tls
):
    office.hub.settings |= {"smart_host_on": True, "smart_host": "127.0.0.1:1"}
    office.set(proof=loopback_tls.client)
    await office.open()
    hand_in(office, Recipient("a@x.test"), wishes=Wishes(require_tls=True))
    await until(lambda: office.stage("a@x.test") is Stage.RETRY)

    assert office.targets()["a@x.test"].state.status == "4.4.1"


# What DATA cannot carry

ODD = b"Subject: odd\r\n\r\na\0b\n.\r\nc\rd"
MENDED = b"Subject: odd\r\n\r\na\0b\r\n.\r\nc\r\nd\r\n"


async def test_nul_goes_counted_where_any_octets_are_taken(office, remote):
    """RFC 3030 §3; a server agrees to chunks before it is sent any."""
    server = await remote(offers=BINARY)
    office.smart_host(server)
    await office.open()
    office.post("a@x.test", content=ODD)
    await until(lambda: server.taken)

    (mail,) = server.taken
    assert mail.content == MENDED
    assert mail.parameters.endswith("BODY=BINARYMIME")
    assert server.commands[-2:] == ["BDAT 0", f"BDAT {len(MENDED)} LAST"]


async def test_usual_mail_goes_by_data_whatever_is_offered(office, remote):
    server = await remote(offers=BINARY)
    office.smart_host(server)
    await office.open()
    office.post("a@x.test")
    await until(lambda: server.taken)

    assert "DATA" in server.commands
    assert server.taken[0].parameters.endswith("BODY=8BITMIME")


async def test_large_mail_with_nul_goes_in_chunks(office, remote):
    content = (b"x" * 75 + b"\0\r\n") * 30_000
    server = await remote(offers=BINARY)
    office.smart_host(server)
    await office.open()
    office.post("a@x.test", content=content)
    await until(lambda: server.taken)

    assert server.taken[0].content == content
    assert len([line for line in server.commands if line.startswith("BDAT")]) > 5


@pytest.mark.parametrize(
    ("verb", "octets", "reply", "is_final"),
    [
        ("BDAT", 10, "503 no chunks", True),
        ("BDAT", 10, "451 later", False),
        ("LAST", 10, "451 later", False),
        ("LAST", 10, "CLOSE", False),
        ("BDAT", 900_000, "CLOSE", False),
        ("LAST", 900_000, "CLOSE", False),
    ],
)
async def test_chunks_that_are_refused(office, remote, verb, octets, reply, is_final):
    """TRUST C1: a closed connection behind the last chunk may mean a duplicate."""
    server = await remote(lambda said, _: reply if said == verb else None, BINARY)
    office.smart_host(server)
    service = await office.open()
    office.post("a@x.test", content=b"a: b\r\n\r\n\0" + b"x" * octets)
    await until(
        lambda: (
            office.reported() if is_final else office.stage("a@x.test") is Stage.RETRY
        )
    )

    sent = sum(int(c.split()[1]) for c in server.commands if c.startswith("BDAT"))
    assert sent == 0 or verb == "LAST"
    assert bool(service.doubtful) == ((verb, reply) == ("LAST", "CLOSE"))


async def test_large_mail_refused_in_the_middle_of_its_chunks(office, remote):
    def answers(verb, argument):
        return "552 5.3.4 enough" if verb == "BDAT" and argument != "0" else None

    server = await remote(answers, BINARY)
    office.smart_host(server)
    await office.open()
    office.post("a@x.test", content=b"\0" + b"x" * 3_000_000)
    await until(office.reported)

    assert b"Status: 5.3.4" in office.reported()[0][1]
    assert len(server.commands) < 10


async def test_nul_goes_back_where_it_cannot_be_carried(office, remote):
    server = await remote(offers=(*OFFERS, "CHUNKING"))
    office.smart_host(server)
    await office.open()
    office.post("a@x.test", content=ODD)
    await until(office.reported)

    assert b"Status: 5.6.3" in office.reported()[0][1]


async def test_the_time_for_an_answer_is_a_setting(office, remote):
    """Manual §4.4 (SMTP Timeout): from the next connection on."""
    server = await remote()
    office.set(times=None)
    office.smart_host(server)
    await office.open()
    limits = office.service._pool.opener.me.limits
    assert (limits.command_s, limits.end_s, limits.connect_s) == (300, 600, 30)

    office.hub.change(smtp_timeout_s=20)
    limits = office.service._pool.opener.me.limits
    assert (limits.command_s, limits.end_s, limits.connect_s) == (20, 600, 20)
    office.hub.change(smtp_timeout_s=900)
    assert office.service._pool.opener.me.limits.end_s == 900


# SMTPUTF8

WIDE = "Subject: gr\u00fc\u00df dich\r\n\r\nworld\r\n".encode()
ASCII = b"Subject: hello\r\n\r\nw\xc3\xb6rld\r\n"


@pytest.mark.parametrize(
    ("content", "offer", "goes"),
    [
        (WIDE, "SMTPUTF8", True),
        (WIDE, "HELP", False),
        (ASCII, "HELP", True),
        (WIDE + b"x" * 300_000, "HELP", False),
        (ASCII + b"x" * 300_000, "HELP", True),
    ],
)
async def test_an_international_header_goes_only_to_who_takes_it(
    office, remote, content, offer, goes
):
    """RFC 6531 §3.2: the addresses alone do not say it."""
    server = await remote(offers=("8BITMIME", offer))
    office.smart_host(server)
    await office.open()
    office.post("a@x.test", content=content, smtputf8=True)
    await until(lambda: server.taken or office.reported())

    assert goes == bool(server.taken)
    if not goes:
        assert b"Status: 5.6.9" in office.reported()[0][1]
