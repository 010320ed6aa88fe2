"""Sessions of the web: who gets one, what it says, what ends it (TRUST G9, I8)."""

import asyncio
import time

import pytest

from mailmax.datamax.web import principals, totp
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.administrators import SetAdministration
from mailmax.hub.contract.domains import AddDomain, DeleteDomain
from mailmax.hub.contract.logins import LoginRefused
from mailmax.hub.contract.message import Denied, Done, Secret
from mailmax.hub.contract.users import (
    AddUser,
    ChangeUser,
    DeleteUser,
    SetPassword,
)
from mailmax.hub.contract.web import (
    Actor,
    AskWebState,
    BeginTotp,
    ConfirmTotp,
    EndOwnTotp,
    EndTotp,
    EndWebSession,
    EndWebSessions,
    ListWebSessions,
    MakeSignInLink,
    Nobody,
    OpenWebSession,
    PrincipalsChanged,
    RecoveryCodes,
    RedeemSignInLink,
    RenewRecoveryCodes,
    SecondFactorWanted,
    WebSessionOpened,
    WhoIs,
)

ANN, BEN = "ann@one.test", "ben@one.test"
PEER = "203.0.113.9"


class Browser:
    """What the web asks of the hub for one visitor."""

    def __init__(self, hub, desk):
        self.hub, self.desk = hub, desk
        self.changed = asyncio.Event()
        hub.on_notice(PrincipalsChanged, lambda _: self.changed.set())

    async def sign_in(self, name=ANN, password="secret", code="", peer=PEER):
        return await self.hub.ask(
            OpenWebSession(
                name, Secret(password), peer, True, Secret(code), "Firefox\n\x00/1"
            )
        )

    async def token(self, name=ANN) -> Secret:
        opened = await self.sign_in(name)
        assert isinstance(opened, WebSessionOpened), opened
        return opened.token

    async def who(self, token):
        return await self.hub.ask(WhoIs(token))

    async def is_in(self, token) -> bool:
        return not isinstance(await self.who(token), Nobody)


@pytest.fixture
async def web(any_house):
    desk = await any_house.begin(ANN, BEN, domains=("one.test", "two.test"))
    return Browser(await any_house.client("webadmin", frozenset()), desk)


async def test_a_user_gets_a_session_that_says_who_it_is(web):
    opened = await web.sign_in("ANN@one.test")

    who = opened.principal
    assert (who.name, who.is_system, who.domains) == (ANN, False, ())
    assert (who.key_id, who.has_totp, who.scopes) == (0, False, ())
    assert await web.who(opened.token) == who
    assert who.ends_at - who.opened_at == principals.IDLE_S
    [row] = (await web.desk.ask(ListWebSessions())).rows
    assert (row.name, row.peer, row.user_agent) == (ANN, PEER, "Firefox/1")
    assert isinstance(await web.hub.ask(EndWebSession(opened.token)), Done)
    assert not await web.is_in(opened.token)
    assert opened.token.value not in repr(opened)


async def test_who_may_not_log_in_is_told_nothing(web):
    desk = web.desk
    await desk.ask(AddUser("trap@one.test", Secret("secret"), {"kind": "trap"}))
    await desk.ask(AddUser("off@one.test", Secret("secret"), {"kind": "disabled"}))
    await desk.ask(AddUser("blank@one.test", Secret(""), {}, True))
    tries = {
        "nobody@one.test": "secret",
        ANN: "wrong",
        "trap@one.test": "secret",
        "off@one.test": "secret",
        "blank@one.test": "",
        BEN: "",
        "blank@two.test": "any",
    }
    for at, (name, password) in enumerate(tries.items()):
        answer = await web.sign_in(name, password, peer=f"203.0.{at}.1")
        assert isinstance(answer, LoginRefused), name
        assert answer.reason == "AUTHENTICATION_FAILED"


async def test_what_somebody_may_do_follows_from_what_they_administer(web):
    domains = await web.desk.ask(SetAdministration(ANN, ("two.test", "one.test")))
    system = await web.desk.ask(SetAdministration(BEN, (), True, True))
    assert isinstance(domains, Changed)
    assert isinstance(system, Changed)

    ann, ben = (await web.sign_in(ANN)).principal, (await web.sign_in(BEN)).principal

    assert (ann.is_system, ann.domains) == (False, ("one.test", "two.test"))
    assert (ben.is_system, ben.domains) == (True, ())


@pytest.mark.parametrize(
    "change",
    [
        SetPassword(ANN, Secret("another")),
        ChangeUser(ANN, {"kind": "disabled"}),
        ChangeUser(ANN, {"kind": "trap"}),
        DeleteUser(ANN),
        SetAdministration(ANN, ("one.test",)),
        EndWebSessions(address=ANN),
        DeleteDomain("one.test", with_users=True),
    ],
)
async def test_a_session_ends_with_what_it_was_given_for(web, change):
    if isinstance(change, DeleteDomain):
        await web.desk.ask(DeleteUser(BEN))
    token = await web.token()
    web.changed.clear()

    answer = await web.desk.ask(change)

    assert isinstance(answer, Changed), answer
    assert not await web.is_in(token)
    async with asyncio.timeout(60):
        await web.changed.wait()


async def test_losing_a_right_ends_the_session_that_had_it(web):
    await web.desk.ask(SetAdministration(ANN, (), True, True))
    token = await web.token()

    await web.desk.ask(SetAdministration(ANN))

    assert not await web.is_in(token)
    assert not (await web.sign_in()).principal.is_system


async def test_sessions_are_ended_one_by_one_or_all_others(web):
    first, second, other = [await web.token(one) for one in (ANN, ANN, BEN)]
    mine = (await web.who(second)).session_id
    rows = (await web.desk.ask(ListWebSessions(ANN))).rows
    assert rows[0].session_id == mine

    bad = await web.desk.ask(EndWebSessions(mine, BEN))
    assert bad.kind == "not_found"
    assert (await web.desk.ask(EndWebSessions())).field == "session_id"
    assert await web.is_in(first)
    await web.desk.ask(EndWebSessions(address=ANN, keep_session_id=mine))
    assert [await web.is_in(one) for one in (first, second, other)] == [0, 1, 1]
    await web.desk.ask(EndWebSessions(mine, ANN))
    assert [await web.is_in(one) for one in (second, other)] == [0, 1]


async def test_lists_have_pages(web):
    for _ in range(3):
        await web.token()

    first = await web.desk.ask(ListWebSessions(limit=2))
    rest = await web.desk.ask(ListWebSessions(after=first.next, limit=2))

    assert (len(first.rows), len(rest.rows), rest.next) == (2, 1, "")
    assert len({row.session_id for row in (*first.rows, *rest.rows)}) == 3


async def test_nobody_has_more_sessions_than_fifty(web, monkeypatch):
    monkeypatch.setattr("mailmax.datamax.web.sessions.MOST_OF_ONE", 3)
    tokens = [await web.token() for _ in range(4)]

    assert [await web.is_in(one) for one in tokens] == [0, 1, 1, 1]


@pytest.mark.parametrize(
    ("idle_s", "age_s"), [(principals.IDLE_S + 1, 0), (0, principals.LONGEST_S + 1)]
)
async def test_time_ends_a_session(web, monkeypatch, idle_s, age_s):
    token = await web.token()
    now = time.time()
    if age_s:  # it was used all the time
        monkeypatch.setattr(principals, "IDLE_S", 2 * principals.LONGEST_S)
    monkeypatch.setattr(
        "mailmax.datamax.web.desk.time.time", lambda: now + idle_s + age_s
    )

    assert not await web.is_in(token)
    assert (await web.desk.ask(ListWebSessions())).rows == ()


# One-time links


async def test_a_link_opens_one_session_of_the_system(web):
    assert not (await web.hub.ask(AskWebState())).has_administrator
    link = await web.desk.ask(MakeSignInLink())
    assert 590 < link.ends_at - time.time() <= 600

    opened = await web.hub.ask(RedeemSignInLink(link.token, PEER))

    assert opened.principal.is_system
    assert (opened.principal.user_id, opened.principal.name) == (0, "host password")
    assert await web.is_in(opened.token)
    again = await web.hub.ask(RedeemSignInLink(link.token, PEER))
    assert isinstance(again, LoginRefused)
    assert isinstance(
        await web.hub.ask(RedeemSignInLink(Secret(""), PEER)), LoginRefused
    )


async def test_a_link_is_over_after_ten_minutes(web, monkeypatch):
    link = await web.desk.ask(MakeSignInLink())
    now = time.time()
    monkeypatch.setattr("mailmax.datamax.web.desk.time.time", lambda: now + 601)

    answer = await web.hub.ask(RedeemSignInLink(link.token, PEER))

    assert isinstance(answer, LoginRefused)


async def test_only_commands_make_links_and_only_the_web_opens_sessions(web):
    denied = await web.hub.ask(MakeSignInLink())
    assert (denied.kind, denied.field) == ("not_allowed", "role")
    for request in (
        OpenWebSession(ANN, Secret("secret"), PEER, True),
        WhoIs(Secret("x")),
        RedeemSignInLink(Secret("x"), PEER),
    ):
        denied = await web.desk.ask(request)
        assert isinstance(denied, Denied)
        assert (denied.kind, denied.field) == ("not_allowed", "role")


async def test_whether_there_is_an_administrator_is_known(web):
    state = await web.hub.ask(AskWebState())
    assert (state.has_administrator, state.has_domains) == (False, True)

    await web.desk.ask(SetAdministration(ANN, (), True, True))

    assert (await web.hub.ask(AskWebState())).has_administrator


# Second factor


async def enrolled(web):
    """Give Ann a second factor; return actor, secret and recovery codes."""
    actor = Actor((await web.sign_in()).principal.session_id, peer=PEER)
    begun = await web.hub.ask(BeginTotp(actor))
    assert begun.uri.value.startswith("otpauth://totp/")
    secret = begun.secret.value
    codes = await web.hub.ask(ConfirmTotp(actor, Secret(code_of(secret, -1))))
    assert isinstance(codes, RecoveryCodes), codes
    return actor, secret, [one.value for one in codes.codes]


def code_of(secret, ahead=0):
    return totp.code_at(secret, int(time.time()) // totp.STEP_S + ahead)


@pytest.mark.rfc("6238", "5.2")
async def test_a_second_factor_is_asked_for_once_it_is_confirmed(web):
    actor = Actor((await web.sign_in()).principal.session_id, peer=PEER)
    begun = await web.hub.ask(BeginTotp(actor))
    assert isinstance(await web.sign_in(), WebSessionOpened)
    wrong = await web.hub.ask(ConfirmTotp(actor, Secret("000000")))
    assert (wrong.kind, wrong.field) == ("bad_value", "code")
    assert isinstance(await web.sign_in(), WebSessionOpened)
    code = code_of(begun.secret.value)

    codes = await web.hub.ask(ConfirmTotp(actor, Secret(code)))

    assert len(codes.codes) == 10
    assert isinstance(await web.sign_in(), SecondFactorWanted)
    assert isinstance(await web.sign_in(code=code), LoginRefused)  # used already
    opened = await web.sign_in(code=code_of(begun.secret.value, 1))
    assert opened.principal.has_totp
    assert opened.recovery_codes_left == 10
    assert begun.secret.value not in repr(begun)


async def test_without_the_right_password_no_code_helps(web):
    _, secret, codes = await enrolled(web)

    for code in (code_of(secret), codes[0]):
        answer = await web.sign_in(password="wrong", code=code)
        assert isinstance(answer, LoginRefused)

    assert isinstance(await web.sign_in(code=codes[0]), WebSessionOpened)


async def test_a_recovery_code_opens_once(web):
    _, _, codes = await enrolled(web)

    opened = await web.sign_in(code=codes[3].lower())

    assert opened.recovery_codes_left == 9
    assert isinstance(await web.sign_in(code=codes[3]), LoginRefused)


async def test_two_who_come_at_once_with_one_code_do_not_both_get_in(web):
    _, secret, _ = await enrolled(web)
    code = code_of(secret)

    answers = await asyncio.gather(*(web.sign_in(code=code) for _ in range(5)))

    assert sum(isinstance(one, WebSessionOpened) for one in answers) == 1


async def test_wrong_codes_are_slowed_down_however_right_the_password(web):
    _, _, codes = await enrolled(web)
    delays = [
        (await web.sign_in(code="ABCD-EFGH-IJKL-MNOP")).retry_after_s for _ in range(40)
    ]

    assert delays[-1] > delays[0]
    refused = await web.sign_in(code=codes[0])
    assert isinstance(refused, LoginRefused)  # not even heard


async def test_codes_are_renewed_and_the_factor_ended_by_a_code(web):
    actor, _, old = await enrolled(web)
    new = await web.hub.ask(RenewRecoveryCodes(actor, Secret(old[0])))
    assert isinstance(await web.sign_in(code=old[1]), LoginRefused)
    codes = [one.value for one in new.codes]
    bad = await web.hub.ask(EndOwnTotp(actor, Secret("")))
    assert bad.field == "code"

    assert isinstance(await web.hub.ask(EndOwnTotp(actor, Secret(codes[0]))), Done)

    assert isinstance(await web.sign_in(), WebSessionOpened)
    gone = await web.hub.ask(RenewRecoveryCodes(actor, Secret(codes[1])))
    assert gone.kind == "not_found"


async def test_an_administrator_lets_in_who_has_lost_the_authenticator(web):
    await enrolled(web)

    assert isinstance(await web.desk.ask(EndTotp(ANN)), Changed)

    assert isinstance(await web.sign_in(), WebSessionOpened)
    assert (await web.desk.ask(EndTotp(ANN))).kind == "not_found"


async def test_a_second_factor_outlives_the_hub(web, any_house):
    _, secret, _ = await enrolled(web)

    await any_house.stop()
    await any_house.start()
    hub = await any_house.client("webadmin", frozenset())

    again = Browser(hub, web.desk)
    assert isinstance(await again.sign_in(), SecondFactorWanted)
    assert isinstance(await again.sign_in(code=code_of(secret)), WebSessionOpened)


async def test_the_session_of_the_system_has_no_second_factor(web):
    link = await web.desk.ask(MakeSignInLink())
    opened = await web.hub.ask(RedeemSignInLink(link.token, PEER))

    denied = await web.hub.ask(BeginTotp(Actor(opened.principal.session_id)))

    assert (denied.kind, denied.field) == ("not_allowed", "account")


async def test_a_domain_comes_and_users_go_with_all_they_have(web):
    await web.desk.ask(AddDomain("three.test"))
    await enrolled(web)

    assert isinstance(await web.desk.ask(DeleteUser(ANN)), Changed)
    await web.desk.ask(AddUser(ANN, Secret("secret")))

    assert isinstance(await web.sign_in(), WebSessionOpened)
