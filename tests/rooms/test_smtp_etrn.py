"""ETRN, through real sockets: who may be started, by whom, how often (RFC 1985)."""

import asyncio

import pytest

from fix_smtp import SmtpRoom
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.queue import EtrnStarted, StartEtrn
from mailmax.hub.contract.rows import DomainRow
from mailmax.smtpmax import etrn
from smtp_clients import HELLO, client, codes, talk, update

DOMAINS = (
    DomainRow(10, "held.test", kind="etrn", aliases=("other-name.test",)),
    DomainRow(11, "a.held.test", kind="etrn"),
    DomainRow(12, "b.held.test", kind="backup"),
    DomainRow(13, "unheld.test", kind="etrn"),
)


@pytest.fixture(params=["smtp", "stranger"])
def room(request: pytest.FixtureRequest) -> SmtpRoom:
    found = request.getfixturevalue(request.param)
    update(found, domains=DOMAINS)
    return found


def ask(room: SmtpRoom, argument: str) -> tuple[int, bytes]:
    with client(room) as one:
        return one.docmd("ETRN", argument)


def started(room: SmtpRoom) -> list[str]:
    return sorted(one.domain for one in room.hub.asked if isinstance(one, StartEtrn))


@pytest.mark.rfc("1985", "5.3")
@pytest.mark.parametrize(
    ("said", "names", "code"),
    [
        ("held.test", ["held.test"], 253),
        ("HELD.test", ["held.test"], 253),
        ("other-name.test", ["held.test"], 253),
        ("@held.test", ["a.held.test", "held.test"], 253),
        ("@test", ["a.held.test", "held.test", "unheld.test"], 253),
        ("b.held.test", [], 459),
        ("demo.test", [], 459),
        ("@demo.test", [], 459),
        ("elsewhere.test", [], 459),
        ("#held.test", [], 459),
    ],
)
def test_only_domains_of_the_kind_are_started(room: SmtpRoom, said, names, code):
    answer = ask(room, said)

    assert answer[0] == code
    assert started(room) == names
    if code == 459:
        assert answer[1] == b"4.7.1 Not allowed for that domain"


@pytest.mark.rfc("1985", "5.3")
def test_the_answer_says_how_many(room: SmtpRoom) -> None:
    room.hub.held = 2

    assert ask(room, "@held.test") == (253, b"2.0.0 4 messages are on their way")


@pytest.mark.rfc("1985", "5.3")
def test_where_nothing_waits_that_is_said(room: SmtpRoom) -> None:
    room.hub.held = 0

    assert ask(room, "held.test")[0] == 251


@pytest.mark.rfc("1985", "5.3")
def test_without_queuemax_it_is_not_possible_now(room: SmtpRoom) -> None:
    room.hub.away = True
    assert ask(room, "held.test")[0] == 458

    room.hub.away = False
    room.hub.answer = lambda _request: Denied("later", "", "not now")
    assert ask(room, "unheld.test")[0] == 458


def test_some_of_several_are_started(room: SmtpRoom) -> None:
    room.hub.answer = lambda request: (
        EtrnStarted(1) if request.domain == "held.test" else Denied("later", "", "no")
    )

    assert ask(room, "@held.test")[0] == 252


def test_a_stranger_asks_once_in_a_while(
    stranger: SmtpRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    update(stranger, domains=DOMAINS)

    answers = [ask(stranger, "held.test")[0] for _ in range(3)]
    assert answers == [253, 458, 458]
    assert ask(stranger, "unheld.test")[0] == 253
    assert started(stranger) == ["held.test", "unheld.test"]

    monkeypatch.setattr(etrn, "PAUSE_S", 0.0)
    assert ask(stranger, "held.test")[0] == 253


def test_our_own_ask_as_often_as_they_like(smtp: SmtpRoom) -> None:
    update(smtp, domains=DOMAINS)

    assert [ask(smtp, "held.test")[0] for _ in range(3)] == [253] * 3


def test_too_many_are_errors_like_any_junk(stranger: SmtpRoom) -> None:
    """TRUST B3, M: nobody floods the hub with it."""
    update(stranger, domains=DOMAINS)

    heard = codes(talk(stranger, HELLO, b"ETRN held.test\r\n" * 200))

    assert heard[-1] == b"421"
    assert len(heard) < 130
    assert started(stranger) == ["held.test"]


async def test_one_question_for_a_domain_is_under_way_at_a_time() -> None:
    answering = asyncio.Event()
    asked: list[str] = []

    class Hub:
        class tables:  # noqa: N801 - stands for an attribute
            domains = DOMAINS

            @staticmethod
            def domain(name: str) -> DomainRow | None:
                return next((one for one in DOMAINS if one.name == name), None)

        async def ask(self, request: StartEtrn) -> EtrnStarted:
            asked.append(request.domain)
            await answering.wait()
            return EtrnStarted(5)

    desk = etrn.EtrnDesk(Hub())
    wanted = etrn.Etrn("held.test", with_subdomains=False)
    asking = [
        asyncio.create_task(desk.start(wanted, may_repeat=True)) for _ in range(20)
    ]
    await asyncio.sleep(0)
    asking[0].cancel()
    await asyncio.sleep(0)
    answering.set()
    answers = await asyncio.gather(*asking[1:])

    assert {one.code for one in answers} == {253}
    assert asked == ["held.test"]
