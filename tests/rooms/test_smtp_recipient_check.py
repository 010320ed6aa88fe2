"""Recipients of domains that are passed on are asked for at RCPT (DECISIONS 19)."""

import asyncio
import smtplib
import socket
import struct
from typing import Any

import pytest

from fix_smtp import SmtpRoom
from mailmax.base.errors import TemporaryFailure
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.recipients import CheckRecipient, RecipientChecked
from mailmax.hub.contract.rows import DomainRow
from mailmax.hub.contract.visitors import TarpitHit
from mailmax.policy.access import LOCAL_ONLY
from mailmax.smtpmax import recipient_check
from smtp_clients import client, push_filters, put, update
from waiting import wait_for

OUT = (421, b"4.7.0 Too many unknown recipients, try later")
NOBODY = (550, b"5.1.1 No such user here")
NO = RecipientChecked("refused", 60.0)
SOURCE = "127.0.3.9"
NO_LINGER = struct.pack("ii", 1, 0)


def backup(name: str = "backup.test", number: int = 20, **more: Any) -> DomainRow:
    more = {"kind": "backup", "priority": 20, "recipient_check": True, **more}
    return DomainRow(number, name, **more)


@pytest.fixture
def room(filtered: SmtpRoom) -> SmtpRoom:
    """Give a room with a backup domain whose better server has no nobody in it."""
    update(filtered, domains=(backup(aliases=("other-name.test",)),))
    filtered.hub.found["nobody@backup.test"] = NO
    return filtered


def rcpt(room: SmtpRoom, *addresses: str, **how: str) -> list[tuple[int, bytes]]:
    with client(room, **{"source": SOURCE, **how}) as one:
        one.mail("bob@far.test")
        return [one.rcpt(address) for address in addresses]


def asked(room: SmtpRoom) -> list[str]:
    return [one.address for one in room.hub.asked if isinstance(one, CheckRecipient)]


@pytest.mark.manual("6.1")
def test_who_is_nobody_there_is_refused_here(room: SmtpRoom) -> None:
    """DOM-11: whoever else is named in the session is taken as ever."""
    with client(room, SOURCE) as one:
        one.mail("bob@far.test")
        assert one.rcpt("nobody@backup.test") == NOBODY
        assert one.rcpt("Joe@BACKUP.test")[0] == 250
        assert one.rcpt("tim@demo.test")[0] == 250
        assert one.data(b"Subject: x\r\n\r\nx\r\n")[0] == 250

    [(record, _)] = room.mails()
    names = [one.address for one in record.envelope.recipients]
    assert names == ["Joe@backup.test", "tim@demo.test"]
    assert asked(room) == ["nobody@backup.test", "Joe@backup.test"]


def test_it_is_asked_by_the_name_that_was_said(room: SmtpRoom) -> None:
    room.hub.found["x@other-name.test"] = NO

    assert rcpt(room, "x@other-name.test") == [NOBODY]


@pytest.mark.parametrize(
    "row",
    [
        backup(recipient_check=False),
        backup(kind="etrn"),
        backup(kind="relay", recipient_check=False, delivery_address="in.test"),
    ],
)
def test_nobody_is_asked_where_it_is_not_wished(room: SmtpRoom, row) -> None:
    update(room, domains=(row,))

    assert rcpt(room, "nobody@backup.test")[0][0] == 250
    assert asked(room) == []


def test_a_relay_domain_s_server_is_asked_too(room: SmtpRoom) -> None:
    update(room, domains=(backup(kind="relay", delivery_address="in.test"),))

    assert rcpt(room, "nobody@backup.test") == [NOBODY]


@pytest.mark.parametrize(
    "answer",
    [
        RecipientChecked("unsure"),
        RecipientChecked("taken"),
        Denied("later", "", "QueueMax is not running"),
        Denied("not_found", "address", "not checked"),
        Denied("not_allowed", "role", "no"),
    ],
)
def test_whatever_is_no_refusal_is_a_yes(room: SmtpRoom, answer) -> None:
    def say(_: object) -> Any:
        if isinstance(answer, Denied) and answer.kind == "later":
            raise TemporaryFailure(answer.reason)
        return answer

    room.hub.answer = say

    assert rcpt(room, "nobody@backup.test")[0][0] == 250


def test_a_hub_that_does_not_answer_holds_a_client_up_once(
    room: SmtpRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipient_check, "PATIENCE_S", 0.05)

    async def ask(request: Any) -> Any:
        room.hub.asked.append(request)
        await asyncio.sleep(600)

    room.hub.ask = ask

    assert [code for code, _ in rcpt(room, "a@backup.test", "b@backup.test")] == [
        250
    ] * 2
    assert asked(room) == ["a@backup.test"]


def test_what_was_found_is_kept_for_as_long_as_it_is_good(room: SmtpRoom) -> None:
    room.hub.found["short@backup.test"] = RecipientChecked("refused", 0.0)

    for _ in range(2):
        assert rcpt(room, "nobody@backup.test", "joe@backup.test")[0] == NOBODY
        assert rcpt(room, "short@backup.test") == [NOBODY]

    assert sorted(asked(room)) == [
        "joe@backup.test", "nobody@backup.test", "short@backup.test",
        "short@backup.test",
    ]  # fmt: skip


def test_a_change_of_the_domain_forgets_what_was_found(room: SmtpRoom) -> None:
    assert rcpt(room, "nobody@backup.test") == [NOBODY]
    room.hub.found.clear()

    update(room, domains=(backup(priority=30),))

    assert rcpt(room, "nobody@backup.test")[0][0] == 250


def test_who_may_not_send_there_hears_so_and_nobody_is_asked(room: SmtpRoom) -> None:
    push_filters(room, (SOURCE, "custom", LOCAL_ONLY))
    assert rcpt(room, "nobody@backup.test")[0] == (550, b"5.7.1 Relaying denied")

    update(room, domains=(backup("shut.test", 21, suspended=("smtp",)),))
    assert rcpt(room, "a@shut.test")[0][0] == 450
    assert asked(room) == []


def test_trusted_clients_hear_it_too(room: SmtpRoom) -> None:
    push_filters(room, (SOURCE, "trusted", 0))

    assert rcpt(room, "nobody@backup.test") == [NOBODY]


@pytest.mark.manual("4.3")
def test_the_tarpit_counts_it(room: SmtpRoom) -> None:
    """SMTP-7, TRUST B8: nobody finds out names by way of us."""
    put(room, tarpit_on=True, tarpit_recipients=3)
    for number in range(5):
        room.hub.found[f"guess{number}@backup.test"] = NO

    answers = rcpt(room, *[f"guess{number}@backup.test" for number in range(3)])

    assert answers == [NOBODY, NOBODY, OUT]
    assert room.hub.told.count(TarpitHit(SOURCE)) == 1
    with pytest.raises(smtplib.SMTPConnectError):
        rcpt(room, "guess4@backup.test")


def test_one_question_for_an_address_is_under_way_and_few_in_all(
    room: SmtpRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipient_check, "MOST_AT_ONCE", 1)
    answering: list[asyncio.Event] = []

    async def ask(request: Any) -> Any:
        room.hub.asked.append(request)
        answering.append(asyncio.Event())
        await answering[-1].wait()
        return NO

    async def answer() -> None:
        answering[-1].set()

    room.hub.ask = ask
    with client(room, SOURCE) as one, client(room, SOURCE) as two:
        for each in (one, two):
            each.mail("bob@far.test")
            each.putcmd("RCPT", "TO:<joe@backup.test>")
        wait_for(lambda: answering)
        assert rcpt(room, "ann@backup.test")[0][0] == 250  # too many questions

        room.run(answer())

        assert [each.getreply() for each in (one, two)] == [NOBODY] * 2
    assert asked(room) == ["joe@backup.test"]


def test_who_leaves_while_it_is_asked_leaves_nothing_behind(room: SmtpRoom) -> None:
    answering: list[asyncio.Event] = []

    async def ask(request: Any) -> Any:
        room.hub.asked.append(request)
        answering.append(asyncio.Event())
        await answering[-1].wait()
        return NO

    async def answer() -> None:
        answering[-1].set()

    room.hub.ask = ask
    with client(room, SOURCE) as one:
        one.mail("bob@far.test")
        one.putcmd("RCPT", "TO:<joe@backup.test>")
        wait_for(lambda: answering)
        # Reset: who only says no more is still answered.
        one.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    wait_for(lambda: not room.service.sessions)

    room.run(answer())

    assert rcpt(room, "joe@backup.test") == [NOBODY]
    assert asked(room) == ["joe@backup.test"]
