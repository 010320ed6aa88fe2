"""A login and a change of the account at the same moment: what was ended stays so."""

import asyncio
import hashlib

import pytest

from mailmax.base.errors import TemporaryFailure
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.logins import LoginAccepted, VerifyApop, VerifyLogin
from mailmax.hub.contract.message import Secret
from mailmax.hub.contract.settings import SetSetting
from mailmax.hub.contract.users import ChangeUser, SetPassword

TIM, PEER = "tim@demo.test", "192.0.2.9"
CHALLENGE = "<1.2@demo.test>"


@pytest.fixture
async def desk(any_house):
    desk = await any_house.begin(TIM, "eve@demo.test")
    for setting in (
        SetSetting("sending_authentication", "pop_before_smtp"),
        SetSetting("password_keeping", "encrypted"),
    ):
        assert isinstance(await desk.ask(setting), Changed)
    await desk.ask(SetPassword(TIM, Secret("secret")))
    return desk


@pytest.fixture
def rows(any_house, desk, monkeypatch):
    """Hold every login between the row that it read and the check."""
    return Held(any_house.hub._logins.desk._rows, monkeypatch)


class Held:
    def __init__(self, rows, monkeypatch) -> None:
        self.count = 0
        self.go_on = asyncio.Event()
        self._find = rows.find
        monkeypatch.setattr(rows, "find", self._held)

    async def _held(self, candidates):
        row = await self._find(candidates)
        self.count += 1
        await self.go_on.wait()
        return row

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(60):
            while self.count < count:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)


def by_password() -> VerifyLogin:
    return VerifyLogin(TIM, Secret("secret"), "pop3", PEER, True)


def by_apop() -> VerifyApop:
    digest = hashlib.md5(f"{CHALLENGE}secret".encode()).hexdigest()
    return VerifyApop(TIM, CHALLENGE, digest, PEER, True)


@pytest.mark.parametrize("login", [by_password, by_apop])
async def test_an_old_password_that_is_being_changed_opens_no_window(
    any_house, desk, rows, login
):
    service = await any_house.client("popmax")
    logins = [asyncio.create_task(service.ask(login())) for _ in range(5)]
    await rows.wait_for(5)
    changed = await desk.ask(SetPassword(TIM, Secret("another")))
    assert isinstance(changed, Changed)

    rows.go_on.set()
    answers = await asyncio.gather(*logins, return_exceptions=True)

    assert [type(answer) for answer in answers] == 5 * [TemporaryFailure]
    assert list(any_house.hub._logins.visitors._windows.all()) == []
    assert len(any_house.hub._logins.desk.cache) == 0


async def test_who_is_switched_off_meanwhile_is_not_let_in(any_house, desk, rows):
    service = await any_house.client("popmax")
    login = asyncio.create_task(service.ask(by_password()))
    await rows.wait_for(1)
    await desk.ask(ChangeUser(TIM, {"kind": "disabled"}))

    rows.go_on.set()

    with pytest.raises(TemporaryFailure):
        await login
    assert list(any_house.hub._logins.visitors._windows.all()) == []


async def test_what_is_changed_elsewhere_meanwhile_puts_no_login_off(
    any_house, desk, rows
):
    service = await any_house.client("popmax")
    login = asyncio.create_task(service.ask(by_password()))
    await rows.wait_for(1)
    await desk.ask(SetPassword("eve@demo.test", Secret("another")))
    await desk.ask(ChangeUser(TIM, {"box_limit_octets": "1000000"}))

    rows.go_on.set()

    answer = await login
    assert isinstance(answer, LoginAccepted)
    assert answer.box_limit_octets == 1_000_000
    [(peer, user_id, _)] = any_house.hub._logins.visitors._windows.all()
    assert (peer, user_id) == (PEER, answer.user_id)
