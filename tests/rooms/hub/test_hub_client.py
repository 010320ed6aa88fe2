"""HubClient against a running hub: joining, tables, losing it and coming back."""

import asyncio
import contextlib
import time
from dataclasses import replace
from pathlib import Path

import pytest

from fix_hub import HOST_PASSWORD
from fix_ports import free_port
from mailmax.base.errors import PermanentFailure, TemporaryFailure
from mailmax.cli.certificate import make_certificate
from mailmax.datamax import service as hub_service
from mailmax.datamax.service import DataMax
from mailmax.datamax.tls_door import TlsDoor
from mailmax.hub.client import HubClient
from mailmax.hub.codec import NOTICE, decode_from_client, decode_from_hub
from mailmax.hub.contract import queue, recipients
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.domains import AddDomain, DeleteDomain
from mailmax.hub.contract.host_password import (
    HostPasswordChanged,
    HostPasswordSet,
    SetHostPassword,
)
from mailmax.hub.contract.joining import VERSION, Challenge, Hello, Proof, Welcome
from mailmax.hub.contract.logins import CredentialChanged, LoginAccepted, VerifyLogin
from mailmax.hub.contract.message import Denied, Secret
from mailmax.hub.contract.presence import (
    AskStatus,
    ListSessions,
    SessionClosed,
    SessionOpened,
    SessionPage,
    SessionView,
    Status,
)
from mailmax.hub.contract.rows import DomainRow
from mailmax.hub.contract.tables import ALL_TOPICS, LOGIN_TOPICS, TableUpdate
from mailmax.hub.contract.users import ChangeUser, DeleteUser, SetPassword
from mailmax.hub.dial import dial_hub
from mailmax.hub.host_password import PasswordFile
from mailmax.hub.joining import Identity
from mailmax.hub.link import Link
from mailmax.hub.pauses import Pauses
from mailmax.store.accounts.database import DatabaseRefused
from waiting import until

SHORT = "caution: a host password of fewer than 12 characters can be guessed"


async def test_a_wrong_host_password_is_refused_in_plain_words(house):
    await house.start()
    wrong = PasswordFile(house.root / "secrets" / "other")
    wrong.save("guess")
    client = house.make_client(password=wrong)

    with pytest.raises(PermanentFailure, match="host password: wrong password"):
        await client.start(60)

    assert not client.may_serve


class Impostor:
    """Somebody who listens in the hub's place without knowing the password."""

    def on_linked(self, link: Link) -> None:
        pass

    def on_message(self, link: Link, call: int, message: object) -> None:
        if isinstance(message, Hello):
            link.say(call, Challenge(VERSION, b"n" * 32))
        else:
            link.say(call, Welcome(b"m" * 32, 1, 120.0))

    def on_lost(self, link: Link) -> None:
        pass


async def test_a_hub_that_does_not_know_the_password_is_not_believed(house):
    path = house.root / "run/datamax.sock"
    server = await asyncio.get_running_loop().create_unix_server(
        lambda: Link(decode_from_client, Impostor()), str(path)
    )
    client = house.make_client()

    with pytest.raises(PermanentFailure, match="does not know the host password"):
        await client.start(60)

    server.close()


class Liar(Impostor):
    """Tells tables and a new password before the proof is looked at."""

    def __init__(self) -> None:
        self.joining = 0
        self.heard: list[object] = []

    def on_message(self, link: Link, call: int, message: object) -> None:
        self.heard.append(message)
        if isinstance(message, Hello):
            self.joining += 1
            domain = DomainRow(1, "theirs.test")
            link.say(NOTICE, TableUpdate(b"e" * 8, 9, whole=True, domains=(domain,)))
            link.say(NOTICE, HostPasswordChanged(Secret("theirs")))
        super().on_message(link, call, message)


async def test_what_is_said_before_the_proof_is_not_heard(house):
    """A service goes on with what the hub told it, and keeps its host password."""
    await house.begin()
    service = await house.client()
    heard = []
    service.on_notice(HostPasswordChanged, heard.append)
    await house.stop()
    await until(lambda: not service.is_joined)
    liar = Liar()
    server = await asyncio.get_running_loop().create_unix_server(
        lambda: Link(decode_from_client, liar), str(house.root / "run/datamax.sock")
    )
    service.timeout_s = 0.0

    await until(lambda: liar.joining > 1, 30)

    assert service.tables.domain("theirs.test") is None
    assert service.tables.domain("demo.test") is not None
    assert house.password.load() == HOST_PASSWORD
    assert not heard
    assert not service.may_serve
    assert {type(one) for one in liar.heard} == {Hello, Proof}
    server.close()


async def test_without_a_hub_nothing_starts_and_the_words_say_where_it_was_looked_for(
    house,
):
    client = house.make_client()

    with pytest.raises(
        TemporaryFailure, match=r"does not answer at unix:.*datamax\.so"
    ):
        await client.start(0.3)

    assert not client.may_serve


async def test_a_service_may_start_before_the_hub(house, monkeypatch):
    knocked, next_s = asyncio.Event(), Pauses.next_s

    def counted(self):
        knocked.set()
        return next_s(self)

    monkeypatch.setattr(Pauses, "next_s", counted)
    client = house.make_client()
    starting = asyncio.create_task(client.start(10))
    await knocked.wait()

    await house.start()
    await starting

    assert client.may_serve


async def test_topics_decide_what_is_held(house):
    await house.start()
    desk = await house.admin()
    await desk.ask(AddDomain("demo.test"))
    await house.add_user(desk, "tim@demo.test")

    small = await house.client("popmax", LOGIN_TOPICS)
    large = await house.client("smtpmax", ALL_TOPICS)

    assert small.tables.domain("demo.test")
    assert small.tables.find("tim@demo.test") is None
    assert large.tables.find("tim@demo.test") is not None


async def test_a_killed_hub_is_joined_again_and_what_changed_meanwhile_is_known(house):
    await house.start()
    service = await house.client()
    service.set_ready()
    service.tell(SessionOpened(7, "smtp", "192.0.2.1"))
    desk = await house.admin()
    await desk.ask(AddDomain("demo.test"))
    await house.add_user(desk, "tim@demo.test")
    await house.stop()
    await until(lambda: not service.is_joined)

    assert service.may_serve
    assert service.tables.find("tim@demo.test") is not None
    with pytest.raises(TemporaryFailure):
        await service.ask(AskStatus())
    await house.start()
    await until(lambda: service.is_joined and desk.is_joined)
    await house.add_user(desk, "tom@demo.test")

    assert service.tables.find("tom@demo.test") is not None
    status = await service.ask(AskStatus())
    assert [(s.role, s.ready, s.sessions) for s in status.services] == [
        ("smtpmax", True, 1)
    ]
    sessions = await desk.ask(ListSessions())
    assert [(s.service, s.peer) for s in sessions.rows] == [("smtp", "192.0.2.1")]


async def test_a_service_stops_serving_when_the_hub_is_silent_too_long(
    house, monkeypatch
):
    await house.start()
    service = await house.client()
    await house.stop()
    assert service.may_serve

    loop = asyncio.get_running_loop()
    later = loop.time() + service.timeout_s + 1
    with monkeypatch.context() as patched:
        patched.setattr(loop, "time", lambda: later)
        may_serve = service.may_serve

    assert not may_serve


async def test_a_restored_database_is_a_new_epoch(house):
    """Rows that the service knows and the hub does not are forgotten."""
    await house.start()
    service = await house.client()
    desk = await house.admin()
    await desk.ask(AddDomain("demo.test"))
    await house.stop()
    for file in (house.root / "data").iterdir():
        file.unlink()

    with pytest.raises(DatabaseRefused):
        await house.start()  # it is not made anew: everybody would be unknown
    house.make_database()
    await house.start()
    await until(lambda: service.is_joined)

    assert service.tables.domain("demo.test") is None


async def test_a_change_waits_for_the_acknowledgement_and_names_who_lags(house):
    await house.start()
    slow = await house.client("filer")
    await house.client("smtpmax")
    desk = await house.admin()
    slow._take_tables = lambda update: None

    begin = time.monotonic()
    answer = await desk.ask(AddDomain("demo.test"))

    assert isinstance(answer, Changed)
    assert answer.waiting_for == ("filer@here",)
    assert 0.9 < time.monotonic() - begin < 8


@pytest.mark.timed
async def test_a_change_that_everybody_knows_returns_at_once(house):
    await house.start()
    service = await house.client()
    seen = []
    service.on_tables(
        lambda: seen.append(service.tables.domain("demo.test") is not None)
    )
    desk = await house.admin()

    begin = time.monotonic()
    answer = await desk.ask(AddDomain("demo.test"))

    assert isinstance(answer, Changed)
    assert answer.waiting_for == ()
    assert time.monotonic() - begin < 0.5
    assert seen == [True]


async def test_a_new_password_is_told_so_that_sessions_can_end(house):
    await house.start()
    service = await house.client("imapmax", LOGIN_TOPICS)
    told: list[CredentialChanged] = []
    service.on_notice(CredentialChanged, told.append)
    desk = await house.admin()
    await desk.ask(AddDomain("demo.test"))
    user_id = await house.add_user(desk, "tim@demo.test", "old")
    login = VerifyLogin("tim@demo.test", Secret("old"), "imap", "127.0.0.1", True)
    first = await service.ask(login)

    await desk.ask(SetPassword("tim@demo.test", Secret("new")))
    await until(lambda: told)

    assert isinstance(first, LoginAccepted)
    assert first.credential_version == 1
    assert told == [CredentialChanged(user_id, 2)]
    assert not isinstance(await service.ask(login), LoginAccepted)


@pytest.mark.parametrize("how", ["disable", "delete", "delete domain"])
async def test_a_disabled_or_deleted_user_is_out_at_once(house, how):
    """Also out of the short memory of right passwords (TRUST G9)."""
    await house.start()
    service = await house.client("imapmax", LOGIN_TOPICS)
    told: list[CredentialChanged] = []
    service.on_notice(CredentialChanged, told.append)
    desk = await house.admin()
    await desk.ask(AddDomain("demo.test"))
    user_id = await house.add_user(desk, "tim@demo.test", "old")
    login = VerifyLogin("tim@demo.test", Secret("old"), "imap", "127.0.0.1", True)
    assert isinstance(await service.ask(login), LoginAccepted)

    await desk.ask(
        {
            "disable": ChangeUser("tim@demo.test", {"kind": "disabled"}),
            "delete": DeleteUser("tim@demo.test"),
            "delete domain": DeleteDomain("demo.test", True),
        }[how]
    )

    assert not isinstance(await service.ask(login), LoginAccepted)
    await until(lambda: told)
    assert told[0].user_id == user_id
    assert told[0].credential_version > 1


async def test_a_new_host_password_is_learned_and_everybody_joins_again(house):
    await house.start()
    service = await house.client()
    desk = await house.admin()

    answer = await desk.ask(SetHostPassword(Secret("an0ther")))
    status = await service.ask(AskStatus())

    assert answer == HostPasswordSet(("smtpmax@here",), (), SHORT)
    assert house.password.load() == "an0ther"
    assert [s.role for s in status.services] == ["smtpmax"]


async def test_who_stays_on_the_old_host_password_is_named_and_dropped(
    house, monkeypatch
):
    monkeypatch.setattr("mailmax.datamax.host_password.TELL_S", 0.2)
    monkeypatch.setattr("mailmax.datamax.host_password.REJOIN_S", 0.3)
    await house.start()
    own = PasswordFile(house.root / "secrets" / "copy")
    own.save(house.password.load())
    deaf = house.make_client("queuemax", password=own)
    await deaf.start(60)
    deaf._learn_password = lambda changed: asyncio.sleep(0)
    desk = await house.admin()

    answer = await desk.ask(SetHostPassword(Secret("an0ther")))
    heard: list[Denied] = []
    deaf.on_notice(Denied, heard.append)
    await until(lambda: not deaf.is_joined)

    assert answer == HostPasswordSet((), ("queuemax@here",), SHORT)
    assert heard[0].kind == "wrong_password"


async def test_over_tcp_it_is_encrypted_and_the_certificate_is_part_of_the_proof(house):
    cert, key = house.root / "tls/cert.pem", house.root / "tls/key.pem"
    make_certificate(["localhost"], cert, key)
    plan = house.plan()
    door = TlsDoor("127.0.0.1:1", cert, key)
    door._listen, port = free_address()
    made = replace(plan, tls=door)
    hub = DataMax(made, house.broken.append)
    house.hub = hub
    await hub.start()
    client = house.make_client(address=f"tls:127.0.0.1:{port}")

    await client.start(60)
    assert client.may_serve
    await client.stop()

    door.certificate = b"another"
    other = house.make_client(address=f"tls:127.0.0.1:{port}")
    with pytest.raises(PermanentFailure, match="wrong password"):
        await other.start(60)


def free_address() -> tuple[str, int]:
    port = free_port()
    return f"127.0.0.1:{port}", port


class Ears:
    """A listener that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[object] = []
        self.lost = asyncio.Event()

    def on_linked(self, link: Link) -> None:
        pass

    def on_message(self, link: Link, call: int, message: object) -> None:
        self.heard.append(message)

    def on_lost(self, link: Link) -> None:
        self.lost.set()


async def knock(house) -> tuple[Link, Ears]:
    ears = Ears()
    link = await dial_hub(house.local.hub_address, lambda: Link(decode_from_hub, ears))
    return link, ears


@pytest.mark.parametrize(
    "octets",
    [
        b"\xff\xff\xff\xff",
        b"\x7f\xff\xff\xff",
        b"\0\0\0\0",
        b"\0\0\0\1\xc1",
        b"\0\0\x20\0" + b"x" * 100,
        b"GET / HTTP/1.0\r\n\r\n",
    ],
)
async def test_garbage_ends_that_connection_and_nothing_else(house, octets):
    await house.start()
    service = await house.client()
    link, ears = await knock(house)

    link.transport.write(octets)
    await asyncio.wait_for(ears.lost.wait(), 5)

    assert ears.heard == []
    assert isinstance(await service.ask(AskStatus()), Status)


async def test_half_a_frame_and_then_silence_is_cut_off(house, monkeypatch):
    monkeypatch.setattr("mailmax.datamax.member.STRANGER_S", 0.2)
    await house.start()
    link, ears = await knock(house)

    link.transport.write(b"\0\0")

    await asyncio.wait_for(ears.lost.wait(), 5)


async def test_who_has_not_joined_is_told_nothing(house):
    await house.start()
    link, ears = await knock(house)

    link.say(1, AskStatus())
    await asyncio.wait_for(ears.lost.wait(), 5)

    assert ears.heard == []


async def test_another_version_is_refused_in_plain_words(house):
    await house.start()
    link, ears = await knock(house)

    link.say(1, Hello(VERSION + 1, "smtpmax", "here", "9.9", b"x" * 32))
    await asyncio.wait_for(ears.lost.wait(), 5)

    assert isinstance(ears.heard[0], Denied)
    assert ears.heard[0].field == "version"
    assert f"version {VERSION}, not {VERSION + 1}" in ears.heard[0].reason


async def test_many_strangers_do_not_keep_services_out(house):
    await house.start()
    links = [await knock(house) for _ in range(300)]

    service = await house.client()

    assert service.may_serve
    for link, _ in links:
        link.give_up("test")


async def test_a_silent_service_is_dropped_after_the_timeout(house, monkeypatch):
    monkeypatch.setattr(hub_service, "LOOK_S", 0.05)
    hub = await house.start()
    service = await house.client()
    service._say_presence = lambda: asyncio.sleep(0)
    hub._common.settings["datamax_timeout_s"] = 0.2

    await until(lambda: not service.is_joined)


async def test_a_second_hub_on_the_same_socket_is_refused(house):
    await house.start()
    second = DataMax(house.plan(), house.broken.append)

    with pytest.raises(PermanentFailure, match="another DataMax runs"):
        await second.start()

    await second.stop()
    service = await house.client()
    assert service.may_serve


async def test_the_socket_is_its_owners_only(house):
    await house.start()

    mode = (house.root / "run/datamax.sock").stat().st_mode & 0o777

    assert mode == 0o600


async def test_a_question_for_queuemax_goes_through_the_hub(house):
    await house.start()
    desk = await house.admin()
    with pytest.raises(TemporaryFailure, match="QueueMax is not running"):
        await desk.ask(queue.ListQueue())
    row = queue.QueueView("1", "a@b", "c@d", "deferred", 1.0, 2.0, 3, "450 later")
    queuemax = await house.client("queuemax", frozenset({"settings"}))
    queuemax.on_request(queue.ListQueue, lambda request: queue.QueuePage((row,), 1))

    answer = await desk.ask(queue.ListQueue())

    assert answer == queue.QueuePage((row,), 1)


async def test_etrn_goes_from_smtpmax_to_queuemax_and_from_nobody_else(house):
    """RFC 1985, TRUST B3."""
    await house.start()
    smtpmax = await house.client("smtpmax", LOGIN_TOPICS)
    with pytest.raises(TemporaryFailure, match="QueueMax is not running"):
        await smtpmax.ask(queue.StartEtrn("held.test"))
    queuemax = await house.client("queuemax", frozenset({"settings"}))
    queuemax.on_request(queue.StartEtrn, lambda request: queue.EtrnStarted(4))

    answer = await smtpmax.ask(queue.StartEtrn("held.test"))

    assert answer == queue.EtrnStarted(4)
    for other in (await house.admin(), await house.client("imapmax", LOGIN_TOPICS)):
        denied = await other.ask(queue.StartEtrn("held.test"))
        assert isinstance(denied, Denied)
        assert denied.reason == "only SMTPMax may say that"


async def test_a_recipient_is_asked_for_by_smtpmax_and_by_nobody_else(house):
    """DECISIONS 19, TRUST B3."""
    await house.start()
    smtpmax = await house.client("smtpmax", LOGIN_TOPICS)
    request = recipients.CheckRecipient("joe@backup.test")
    with pytest.raises(TemporaryFailure, match="QueueMax is not running"):
        await smtpmax.ask(request)
    queuemax = await house.client("queuemax", frozenset({"settings"}))
    known = recipients.RecipientChecked("refused", 12.5)
    queuemax.on_request(recipients.CheckRecipient, lambda _: known)

    answer = await smtpmax.ask(request)

    assert answer == known
    for other in (await house.admin(), await house.client("imapmax", LOGIN_TOPICS)):
        denied = await other.ask(request)
        assert isinstance(denied, Denied)
        assert denied.reason == "only SMTPMax may say that"


async def test_who_is_connected_is_listed_with_user_and_since_when(house):
    await house.start()
    service = await house.client("imapmax", LOGIN_TOPICS)
    desk = await house.admin()

    service.tell(SessionOpened(1, "imap", "192.0.2.1", since=5.0))
    service.tell(SessionOpened(1, "imap", "192.0.2.1", "tim@demo.test"))
    service.tell(SessionOpened(2, "imap", "192.0.2.2"))
    service.tell(SessionClosed(2))
    await service.ask(AskStatus())
    listed = await desk.ask(ListSessions())

    assert listed == SessionPage(
        (SessionView("imapmax", "here", "imap", "192.0.2.1", "tim@demo.test", 5.0),),
        1,
    )


async def test_pipelined_questions_are_all_answered(house):
    await house.start()
    service = await house.client()

    answers = await asyncio.gather(*(service.ask(AskStatus()) for _ in range(1000)))

    assert all(isinstance(answer, Status) for answer in answers)


def test_a_secret_never_shows():
    text = repr(VerifyLogin("tim", Secret("hunter2"), "imap", "::1", True))

    assert "hunter2" not in text
    assert NOTICE == 0


async def test_a_missing_password_file_is_named(house, tmp_path: Path):
    client = HubClient(
        house.local.hub_address,
        PasswordFile(tmp_path / "none"),
        Identity("smtpmax", "here"),
    )
    await house.start()

    with pytest.raises(PermanentFailure, match=r"cannot be read from .*none"):
        await client.start(60)


@pytest.mark.parametrize("turns", range(8))
async def test_who_knocks_while_the_hub_closes_hears_its_end(house, turns):
    """However far the system has let the connection in by then."""
    await house.start()
    reader, writer = await asyncio.open_unix_connection(
        house.root / "run" / "datamax.sock"
    )
    for _ in range(turns):
        await asyncio.sleep(0)

    await house.stop()

    with contextlib.suppress(ConnectionError):
        assert await asyncio.wait_for(reader.read(), 5) is not None
    writer.close()
