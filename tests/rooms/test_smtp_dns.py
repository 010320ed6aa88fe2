"""What the DNS says of clients and senders, against a name server of our own (M8)."""

import smtplib
import time
from types import SimpleNamespace

import pytest

from fix_dns import DnsServer
from fix_smtp import MakeSmtp, SmtpRoom
from mailmax.hub.contract.block_lists import BlockListsTried, TryBlockLists
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.rows import DomainRow
from mailmax.policy import dnsbl
from mailmax.policy.access import NO_RELAY_CHECK, PERMITTED
from mailmax.smtpmax import block_lists, inquiries
from mailmax.smtpmax.block_list_desk import BlockListDesk
from mailmax.smtpmax.room import Room
from smtp_clients import client, push_filters, put, update
from waiting import wait_for

CLIENT, FRIEND, FREE = "127.0.8.9", "127.0.1.9", "127.0.8.10"
CLIENT_POINTER = "9.8.0.127.in-addr.arpa"
TIM = "tim@demo.test"
ZONE, OTHER_ZONE = "list.test", "other.test"
LISTED = (550, b"5.7.1 listed by list.test")
NAMELESS = (550, b"5.7.25 Your address has no name in the DNS")
NAME_UNSURE = (451, b"4.4.3 Your name cannot be looked up now")
NO_DOMAIN = (550, b"5.1.8 The sender's domain is unknown")
NO_MAIL = (550, b"5.7.27 The sender's domain takes no mail")
DOMAIN_UNSURE = (451, b"4.1.8 The sender's domain cannot be looked up now")
USUAL_S = 5.0
"""How long is waited where nothing was set."""
TROUBLES = ["silence", "SERVFAIL", "REFUSED", "garbage", "wrong-id"]


@pytest.fixture
def room(make_smtp: MakeSmtp, dns_server: DnsServer) -> SmtpRoom:
    """Give a room that asks our name server, and waits a second at most."""
    found = make_smtp(by_filters=True, names=dns_server.address)
    put(found, smtp_dns_timeout_s=1)
    return found


def send(room: SmtpRoom, source: str = CLIENT, sender: str = "bob@far.test") -> tuple:
    """Return the answer that decides."""
    with client(room, source) as one:
        answer = one.mail(sender)
        return one.rcpt(TIM) if answer[0] == 250 else answer


def is_taken(answer: tuple) -> bool:
    return answer[0] == 250


# SMTP-3: the domain of the sender


@pytest.fixture
def checking(room: SmtpRoom) -> SmtpRoom:
    """Give a room that checks the domains of senders."""
    put(room, sender_domain_needed=True)
    return room


@pytest.mark.manual("4.3")
@pytest.mark.parametrize(
    ("kind", "record"),
    [("MX", "10 mx.far.test."), ("A", "192.0.2.1"), ("AAAA", "2001:db8::1")],
)
def test_a_domain_that_exists(
    checking: SmtpRoom, dns_server: DnsServer, kind: str, record: str
) -> None:
    dns_server.put("far.test", kind, record)
    assert is_taken(send(checking))
    asked = len(dns_server.asked)
    assert is_taken(send(checking, FREE, "ann@far.test"))
    assert len(dns_server.asked) == asked  # remembered


def test_a_domain_that_does_not_exist_or_takes_no_mail(
    checking: SmtpRoom, dns_server: DnsServer
) -> None:
    dns_server.put("null.test", "MX", "0 .")
    dns_server.put("bare.test", "TXT", '"nothing but words"')

    assert send(checking) == NO_DOMAIN
    assert send(checking, sender="bob@bare.test") == NO_DOMAIN
    assert send(checking, sender="bob@null.test") == NO_MAIL


@pytest.mark.parametrize("trouble", TROUBLES)
def test_trouble_of_the_dns_is_never_a_refusal(
    checking: SmtpRoom, dns_server: DnsServer, trouble: str
) -> None:
    dns_server.trouble["far.test"] = trouble
    begin = time.monotonic()
    assert send(checking) == DOMAIN_UNSURE
    assert time.monotonic() - begin < USUAL_S


def test_a_slow_answer_is_waited_for(checking: SmtpRoom, dns_server: DnsServer) -> None:
    dns_server.put("far.test", "MX", "10 mx.far.test.")
    dns_server.delay_s = 0.2
    assert is_taken(send(checking))


def test_domains_that_are_not_asked_for(
    checking: SmtpRoom, dns_server: DnsServer
) -> None:
    """Our own, the null path, literals; trusted clients and who logs in."""
    update(checking, domains=(DomainRow(3, "ours.test"),))
    push_filters(checking, ("127.0.1.*", "trusted", 0))
    for sender in ("", TIM, "x@ours.test", "x@[192.0.2.1]"):
        assert is_taken(send(checking, sender=sender)), sender
    assert is_taken(send(checking, FRIEND))
    with client(checking, FRIEND, login="tim") as one:
        assert is_taken(one.mail(TIM))
    assert dns_server.asked == []


def test_a_refused_sender_leaves_nothing_and_the_next_is_heard(
    checking: SmtpRoom, dns_server: DnsServer
) -> None:
    """TRUST A9, and pipelined commands wait in their order."""
    dns_server.put("good.test", "A", "192.0.2.1")
    with client(checking, CLIENT) as one:
        one.send(
            b"MAIL FROM:<a@far.test>\r\nRCPT TO:<tim@demo.test>\r\n"
            b"MAIL FROM:<a@good.test>\r\nRCPT TO:<tim@demo.test>\r\n"
        )
        assert [one.getreply()[0] for _ in range(4)] == [550, 503, 250, 250]


# SMTP-2: the client's name


@pytest.mark.manual("4.3")
def test_a_client_must_have_a_name(room: SmtpRoom, dns_server: DnsServer) -> None:
    put(room, reverse_dns_needed=True)
    dns_server.put(CLIENT_POINTER, "PTR", "somewhere.far.test.")
    assert is_taken(send(room, CLIENT))
    assert send(room, FREE) == NAMELESS


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_name_that_cannot_be_looked_up_puts_off(
    room: SmtpRoom, dns_server: DnsServer, trouble: str
) -> None:
    put(room, reverse_dns_needed=True)
    dns_server.trouble["in-addr.arpa"] = trouble
    begin = time.monotonic()
    assert send(room) == NAME_UNSURE
    assert time.monotonic() - begin < USUAL_S


# ORL-1: block lists


@pytest.fixture
def guarded(room: SmtpRoom, dns_server: DnsServer) -> SmtpRoom:
    """Give a room with a block list that lists the client."""
    dns_server.block_list(ZONE, CLIENT, FRIEND)
    put(room, dnsbl_zones=[ZONE], dnsbl_on=True)
    return room


@pytest.mark.manual("4.2")
def test_who_is_listed_is_refused_with_the_lists_words(
    guarded: SmtpRoom, dns_server: DnsServer
) -> None:
    assert send(guarded) == LISTED
    assert is_taken(send(guarded, FREE))

    dns_server.block_list(ZONE, "127.0.8.11", text="see http://list.test/?\\009x")
    words = (550, b"5.7.1 see http://list.test/??x")
    assert send(guarded, "127.0.8.11") == words


def test_what_was_found_is_remembered(guarded: SmtpRoom, dns_server: DnsServer) -> None:
    for _ in range(3):
        assert send(guarded) == LISTED
        assert is_taken(send(guarded, FREE))
    names = dns_server.questions(ZONE)
    assert names.count(f"9.8.0.127.{ZONE}") == 2  # A and TXT
    assert names.count(f"10.8.0.127.{ZONE}") == 1
    assert names.count(f"2.0.0.127.{ZONE}") == names.count(f"1.0.0.127.{ZONE}") == 1


def test_who_logs_in_waits_for_nothing(
    make_smtp: MakeSmtp, dns_server: DnsServer
) -> None:
    """DECISIONS 30: asked at connect, judged at RCPT."""
    room = make_smtp(names=dns_server.address, meet=lambda _visitor: PERMITTED)
    put(room, dnsbl_zones=[ZONE], dnsbl_on=True, smtp_dns_timeout_s=30)
    put(room, reverse_dns_needed=True)
    dns_server.trouble[""] = "silence"
    begin = time.monotonic()
    with smtplib.SMTP("127.0.0.1", room.port, timeout=30) as one:
        one.starttls()
        one.login("tim", "secret")
        one.sendmail(TIM, [TIM], b"hello\r\n")
    assert time.monotonic() - begin < 20.0
    assert dns_server.asked  # it was asked all the same


def test_who_is_not_asked_about(guarded: SmtpRoom, dns_server: DnsServer) -> None:
    push_filters(
        guarded, ("127.0.1.*", "trusted", 0), ("127.0.8.*", "custom", NO_RELAY_CHECK)
    )
    assert is_taken(send(guarded, FRIEND))
    assert is_taken(send(guarded, CLIENT))
    put(guarded, dnsbl_on=False)
    assert is_taken(send(guarded, "127.0.9.1"))
    assert dns_server.asked == []


def test_lists_are_asked_together_and_the_first_speaks(
    guarded: SmtpRoom, dns_server: DnsServer
) -> None:
    dns_server.block_list(OTHER_ZONE, CLIENT, FREE, text="the other")
    put(guarded, dnsbl_zones=[OTHER_ZONE, ZONE])
    assert send(guarded) == (550, b"5.7.1 the other")
    put(guarded, dnsbl_zones=[ZONE, OTHER_ZONE])
    assert send(guarded) == LISTED
    assert send(guarded, FREE) == (550, b"5.7.1 the other")


def test_numbers_outlive_another_order_and_clients_who_are_not_looked_up(
    guarded: SmtpRoom, dns_server: DnsServer
) -> None:
    dns_server.block_list(OTHER_ZONE, FREE)
    push_filters(guarded, ("127.0.9.*", "custom", NO_RELAY_CHECK))
    put(guarded, reverse_dns_needed=True)
    lists = guarded.service.room.inquiries.block_lists
    assert [one.state for one in lists()] == ["untested"]

    send(guarded)
    send(guarded, "127.0.9.1")  # only its name is asked
    put(guarded, dnsbl_zones=[OTHER_ZONE, ZONE])
    send(guarded, FREE)

    assert [(one.entry, one.asked, one.listed, one.silent) for one in lists()] == [
        (OTHER_ZONE, 1, 1, 0),
        (ZONE, 2, 1, 0),
    ]
    assert all(one.since > 0 for one in lists())
    assert dns_server.questions(ZONE).count(f"1.0.0.127.{ZONE}") == 1
    put(guarded, dnsbl_on=False)
    assert lists() == ()


def test_a_lists_own_server_is_asked_directly(
    guarded: SmtpRoom, dns_server: DnsServer
) -> None:
    own = DnsServer()
    own.block_list("own.test", FREE)
    host, port = own.address
    put(guarded, dnsbl_zones=[f"own.test@{host}:{port}"])
    try:
        assert send(guarded, FREE) == (550, b"5.7.1 listed by own.test")
        assert is_taken(send(guarded, CLIENT))
    finally:
        own.close()
    assert dns_server.asked == []


def test_an_address_is_tried_with_all_lists_and_counts_nowhere(
    guarded: SmtpRoom, dns_server: DnsServer
) -> None:
    """As clients are looked up, also while the lists are off."""
    dns_server.block_list(OTHER_ZONE, FREE, text="the other")
    dns_server.everything["all.test"] = "127.0.0.2"
    dns_server.trouble["dead.test"] = "silence"
    put(guarded, dnsbl_zones=[ZONE, OTHER_ZONE, "all.test", "dead.test"])
    handlers: dict = {}
    room = guarded.service.room
    guarded.run(answer_with(handlers, room))

    def tried(address: str) -> BlockListsTried | Denied:
        return guarded.run(handlers[TryBlockLists](TryBlockLists(address)))

    told = tried(CLIENT)
    assert (told.node, told.is_on) == ("one", True)
    assert [(one.entry, one.verdict, one.words) for one in told.verdicts] == [
        (ZONE, "listed", "listed by list.test"),
        (OTHER_ZONE, "free", ""),
        ("all.test", "disabled", dnsbl.trouble_of((), ("127.0.0.2",))),
        ("dead.test", "silent", ""),
    ]
    assert all(0 < one.seconds < USUAL_S for one in told.verdicts)
    states = room.inquiries.block_lists()
    assert {(one.asked, one.listed, one.silent) for one in states} == {(0, 0, 0)}
    put(guarded, dnsbl_on=False, dnsbl_zones=[OTHER_ZONE])
    told = tried(f" {FREE} ")
    [one] = told.verdicts
    assert (told.is_on, one.verdict, one.words) == (False, "listed", "the other")
    for no_address in ("", "far.test", "1.2.3.4.5"):
        denied = tried(no_address)
        assert isinstance(denied, Denied)
        assert denied.field == "address"


async def answer_with(handlers: dict, room: Room) -> None:
    """Let a desk say what it answers."""
    hub = SimpleNamespace(on_request=handlers.__setitem__)
    BlockListDesk(room, "one").answer(hub)


@pytest.mark.timed
@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_dead_list_blocks_no_mail_and_costs_a_wait_now_and_then(
    guarded: SmtpRoom, dns_server: DnsServer, trouble: str
) -> None:
    """TRUST M8: time-outs never block mail."""
    dns_server.trouble[ZONE] = trouble
    begin = time.monotonic()
    assert is_taken(send(guarded))
    assert time.monotonic() - begin < 1.5
    begin = time.monotonic()
    for number in range(20, 40):
        assert is_taken(send(guarded, f"127.0.8.{number}"))
    assert time.monotonic() - begin < 1.0
    [state] = guarded.service.room.inquiries.block_lists()
    assert (state.state, state.why) == ("disabled", "it does not answer")
    assert state.asked == 0
    assert 0 < state.silent < 4  # who came while the test went on waited, too


@pytest.mark.parametrize("address", ["127.0.0.2", "192.0.2.80"])
def test_a_list_that_answers_everything_is_off_until_it_is_sound_again(
    guarded: SmtpRoom,
    dns_server: DnsServer,
    address: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """TRUST M8: an expired zone, a parked domain."""
    monkeypatch.setattr(block_lists, "UNSOUND_S", 0.2)
    monkeypatch.setattr(inquiries, "KEEP_S", 0.0)
    caplog.set_level("INFO", "smtpmax")
    dns_server.everything[ZONE] = address
    assert is_taken(send(guarded))
    assert is_taken(send(guarded, FREE))
    [trouble] = said(caplog)
    assert trouble.startswith(f"the block list {ZONE} is not used: it ")
    [state] = guarded.service.room.inquiries.block_lists()
    assert (state.state, state.asked, state.listed) == ("disabled", 0, 0)
    words = "lists 127.0.0.1" if address == "127.0.0.2" else "does not list 127.0.0.2"
    assert state.why.startswith(f"it {words}")

    dns_server.everything.clear()
    guarded.run(forget(guarded))
    wait_for(lambda: send(guarded) == LISTED)

    assert is_taken(send(guarded, FREE))
    assert said(caplog)[1:] == [f"the block list {ZONE} is used again"]
    [state] = guarded.service.room.inquiries.block_lists()
    assert (state.state, state.why) == ("used", "")
    assert (state.asked, state.listed, state.silent) == (2, 1, 0)


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


async def forget(room: SmtpRoom) -> None:
    """Let the resolver know nothing of before."""
    room.dns.use([room._names])


def test_who_waits_while_the_lists_are_changed_is_answered(
    guarded: SmtpRoom, dns_server: DnsServer
) -> None:
    own = DnsServer()
    own.trouble["own.test"] = dns_server.trouble[ZONE] = "silence"
    host, port = own.address
    try:
        put(guarded, dnsbl_zones=[f"own.test@{host}:{port}", ZONE])
        with client(guarded, CLIENT) as one:
            one.mail("bob@far.test")
            one.putcmd("rcpt", f"to:<{TIM}>")
            wait_for(lambda: bool(own.asked) and bool(dns_server.asked))
            dns_server.block_list(OTHER_ZONE, FREE)
            put(guarded, dnsbl_zones=[OTHER_ZONE])
            assert send(guarded, FREE)[0] == 550
            assert is_taken(one.getreply())
    finally:
        own.close()


def test_a_thousand_clients_are_asked_about_once_each(
    guarded: SmtpRoom, dns_server: DnsServer
) -> None:
    """Connections that come and go: nothing is left behind."""
    for number in range(1000):
        with client(guarded, f"127.9.{number // 200}.{number % 200 + 1}"):
            pass
    wait_for(lambda: not guarded.service.room.inquiries._asking)
    assert len(set(dns_server.questions(ZONE))) == 1002
    assert is_taken(send(guarded, FREE))
