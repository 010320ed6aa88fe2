"""Tarpit blocks and windows at the hub: pushed to every SMTPMax, pardoned, closed."""

import time
from types import SimpleNamespace

import pytest

from mailmax.datamax import visitors_desk
from mailmax.hub.contract import visitors
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.domains import AddDomain, ChangeDomain
from mailmax.hub.contract.logins import LoginAccepted, LoginRefused, VerifyLogin
from mailmax.hub.contract.message import Denied, Secret
from mailmax.hub.contract.rows import SENDS_WITHOUT_LOGIN
from mailmax.hub.contract.settings import SetSetting
from mailmax.hub.contract.users import ChangeUser, SetPassword
from mailmax.store.accounts import lasting_units
from waiting import until


@pytest.fixture
async def desk(any_house):
    await any_house.start()
    return await any_house.admin()


def kept_out(service) -> set[str]:
    return set(service.tables.visitors.tarpit.blocked(time.monotonic()))


async def blocked_by(desk) -> list[str]:
    page = await desk.ask(visitors.ListBlocks())
    return [row.address for row in page.rows]


async def test_a_block_reaches_every_service_and_who_comes_later(any_house, desk):
    first, second = await any_house.client(), await any_house.client()
    first.tell(visitors.TarpitHit("192.0.2.1"))
    first.tell(visitors.TarpitHit("2001:db8::1"))

    await until(lambda: len(kept_out(second)) == 2)

    assert kept_out(first) == kept_out(second) == {"192.0.2.1", "2001:db8::/64"}
    await second.stop()
    later = await any_house.client()
    assert kept_out(later) == kept_out(first)
    [left, _] = later.tables.visitors.tarpit.blocked(time.monotonic()).values()
    assert 29 * 60 < left <= 30 * 60
    assert await blocked_by(desk) == ["192.0.2.1", "2001:db8::/64"]


@pytest.mark.parametrize("typed", ["2001:db8::77", "2001:db8::/64"])
async def test_who_is_pardoned_is_in_everywhere_when_the_command_returns(
    any_house, desk, typed
):
    service = await any_house.client()
    service.tell(visitors.TarpitHit("2001:db8::1"))
    await until(lambda: bool(kept_out(service)))

    answer = await desk.ask(visitors.Pardon(typed))

    assert isinstance(answer, Changed)
    assert answer.waiting_for == ()
    assert kept_out(service) == set()
    assert await blocked_by(desk) == []
    again = await desk.ask(visitors.Pardon(typed))
    assert isinstance(again, Denied)
    assert again.kind == "not_found"


async def test_the_list_comes_in_pages(any_house, desk):
    service = await any_house.client()
    names = [f"192.0.2.{number}" for number in range(10, 15)]
    for name in names:
        service.tell(visitors.TarpitHit(name))
    await until(lambda: len(kept_out(service)) == 5)

    seen, after = [], ""
    while True:
        page = await desk.ask(visitors.ListBlocks(after, 2))
        seen += [row.address for row in page.rows]
        assert len(page.rows) <= 2
        after = page.next
        if not after:
            break
    assert seen == names


async def test_a_service_that_has_no_use_for_them_is_not_told(any_house, desk):
    service = await any_house.client("popmax", frozenset({"settings"}))
    before = service.tables.version
    smtp = await any_house.client()
    smtp.tell(visitors.TarpitHit("192.0.2.1"))
    await until(lambda: bool(kept_out(smtp)))

    assert service.tables.version == before


# Windows of POP before SMTP

PEER = "192.0.2.9"


@pytest.fixture
async def tim(any_house, desk) -> int:
    await desk.ask(AddDomain("demo.test"))
    return await any_house.add_user(desk, "tim@demo.test")


def login(service: str = "pop3", password: str = "secret", **more) -> VerifyLogin:
    secret = Secret(password)
    return VerifyLogin("tim@demo.test", secret, service, PEER, True, **more)


async def let_pushes_pass(service) -> None:
    """Wait until what was gathered so far is pushed: in one version, with a block."""
    service.tell(visitors.TarpitHit("198.51.100.99"))
    await until(lambda: "198.51.100.99" in kept_out(service))


def windows_of(service) -> list[tuple[str, int]]:
    return [(who, user) for who, user, _ in service.tables.visitors.windows.all()]


async def put(desk, key: str, value: str) -> None:
    answer = await desk.ask(SetSetting(key, value))
    assert isinstance(answer, Changed), answer


async def change(desk, **values: str) -> None:
    answer = await desk.ask(ChangeUser("tim@demo.test", values))
    assert isinstance(answer, Changed), answer


async def test_a_window_is_open_when_the_login_is_answered(any_house, desk, tim):
    service, reader = await any_house.client(), await any_house.client("popmax")
    await put(desk, "sending_authentication", "pop_before_smtp")

    answer = await reader.ask(
        VerifyLogin("tim@demo.test", Secret("secret"), "pop3", PEER, False)
    )

    assert isinstance(answer, LoginAccepted)
    assert windows_of(service) == [(PEER, tim)]


@pytest.mark.timed
@pytest.mark.parametrize("reading", ["pop3", "imap"])
async def test_a_login_opens_a_window_within_a_second(any_house, desk, tim, reading):
    """SMTP-4: a recalled login extends it."""
    service = await any_house.client()
    await put(desk, "sending_authentication", "pop_before_smtp")
    await put(desk, "pop_before_smtp_minutes", "1")
    assert isinstance(await desk.ask(login(reading)), LoginAccepted)
    await until(lambda: windows_of(service) == [(PEER, tim)], 1.0)
    first = service.tables.visitors.windows.until(PEER, tim)
    assert 58 < first - time.monotonic() <= 60

    await desk.ask(login(reading))

    await until(lambda: service.tables.visitors.windows.until(PEER, tim) > first)
    later = await any_house.client()
    assert windows_of(later) == [(PEER, tim)]


@pytest.mark.parametrize(
    "request_",
    [login("smtp"), login(password="wrong"), login(is_exempt=True)],
    ids=["submission", "wrong", "trusted"],
)
async def test_no_other_login_opens_one(any_house, desk, tim, request_):
    service = await any_house.client()
    await put(desk, "sending_authentication", "pop_before_smtp")
    before = service.tables.version

    await desk.ask(request_)
    await let_pushes_pass(service)

    assert windows_of(service) == []
    assert service.tables.version == before + 1


async def test_nothing_is_published_while_it_is_off(any_house, desk, tim):
    service = await any_house.client()
    before = service.tables.version
    for _ in range(3):
        assert isinstance(await desk.ask(login()), LoginAccepted)
    await let_pushes_pass(service)
    assert windows_of(service) == []
    assert service.tables.version == before + 1


async def test_but_for_who_need_not_log_in_to_send(any_house, desk, tim):
    """DECISIONS 10, USR-2."""
    service = await any_house.client()
    await change(desk, smtp_auth_not_needed="on")
    assert service.tables.find("tim@demo.test").flags & SENDS_WITHOUT_LOGIN
    for _ in range(2):  # the second is recalled
        await desk.ask(login())
        await until(lambda: windows_of(service) == [(PEER, tim)])
        any_house.hub._logins.visitors.close_windows(tim)
        await until(lambda: windows_of(service) == [])


async def test_a_suspended_or_disabled_user_has_none(any_house, desk, tim):
    """A right password that is only recalled opens nothing then."""
    service = await any_house.client()
    await put(desk, "sending_authentication", "pop_before_smtp")
    await desk.ask(login())
    await until(lambda: windows_of(service) == [(PEER, tim)])

    await change(desk, kind="disabled")

    await until(lambda: windows_of(service) == [])
    assert isinstance(await desk.ask(login(is_exempt=False)), LoginRefused)
    await change(desk, kind="normal")
    await desk.ask(ChangeDomain("demo.test", {"suspended": "pop3"}))
    assert isinstance(await desk.ask(login()), LoginRefused)
    await let_pushes_pass(service)
    assert windows_of(service) == []


async def test_a_new_password_closes_the_windows(any_house, desk, tim):
    service = await any_house.client()
    await put(desk, "sending_authentication", "pop_before_smtp")
    await desk.ask(login())
    await until(lambda: windows_of(service) == [(PEER, tim)])

    await desk.ask(SetPassword("tim@demo.test", Secret("another")))

    await until(lambda: windows_of(service) == [])


async def test_windows_go_when_their_time_is_over(any_house, desk, tim, monkeypatch):
    monkeypatch.setattr(visitors_desk, "EXPIRE_S", 0.05)
    monkeypatch.setattr(visitors_desk, "MINUTE_S", 1.5)
    await any_house.stop()
    await any_house.start()
    again = await any_house.admin()
    service = await any_house.client()
    await put(again, "sending_authentication", "pop_before_smtp")
    await put(again, "pop_before_smtp_minutes", "1")
    await again.ask(login())
    await until(lambda: windows_of(service) == [(PEER, tim)])

    await until(lambda: windows_of(service) == [])

    assert len(any_house.hub._logins.visitors._windows) == 0


# Over a restart of the hub


async def again(any_house, between=lambda: None):
    """Stop the hub and start it; give an administrator and a service."""
    await any_house.stop()
    between()
    await any_house.start()
    return await any_house.admin(), await any_house.client()


@pytest.fixture
def wall(monkeypatch):
    """Let the wall clock jump, as the hub reads moments that it kept."""

    def jump(seconds: float) -> None:
        real = time.time
        monkeypatch.setattr(
            "mailmax.datamax.lasting_state.time",
            SimpleNamespace(time=lambda: real() + seconds, monotonic=time.monotonic),
        )

    return jump


def left(service, address: str = "192.0.2.1") -> float:
    return service.tables.visitors.tarpit.blocked(time.monotonic()).get(address, 0.0)


async def test_who_is_kept_out_stays_out_for_the_rest_of_the_minutes(
    any_house, desk, wall
):
    service = await any_house.client()
    await put(desk, "tarpit_minutes", "30")
    for address in ("192.0.2.1", "192.0.2.2"):
        service.tell(visitors.TarpitHit(address))
    await until(lambda: len(kept_out(service)) == 2)
    await desk.ask(visitors.Pardon("192.0.2.2"))

    _, service = await again(any_house)

    assert kept_out(service) == {"192.0.2.1"}
    assert 29 * 60 < left(service) <= 30 * 60
    _, service = await again(any_house, lambda: wall(29 * 60))
    assert 0 < left(service) <= 60
    _, service = await again(any_house, lambda: wall(60 * 60))
    assert kept_out(service) == set()


async def test_a_clock_that_was_turned_back_keeps_nobody_out_for_longer(
    any_house, desk, wall
):
    """TRUST D14."""
    service = await any_house.client()
    service.tell(visitors.TarpitHit("192.0.2.1"))
    await until(lambda: bool(kept_out(service)))

    _, service = await again(any_house, lambda: wall(-365 * 86_400))

    assert 29 * 60 < left(service) <= 30 * 60
    _, service = await again(any_house, lambda: wall(-365 * 86_400 + 31 * 60))
    assert kept_out(service) == set(), "nor again and again"


@pytest.mark.parametrize("days", [365, -365])
async def test_a_clock_that_jumps_while_the_hub_runs_changes_nothing(
    any_house, desk, tim, wall, days
):
    """TRUST D14: what still holds is not thought to be over, and lasts."""
    await put(desk, "sending_authentication", "pop_before_smtp")
    await put(desk, "pop_before_smtp_minutes", "10")
    service = await any_house.client()
    service.tell(visitors.TarpitHit("192.0.2.1"))
    await until(lambda: bool(kept_out(service)))
    await desk.ask(login())
    await any_house.hub._logins.lasting.write()
    service.tell(visitors.TarpitHit("192.0.2.2"))
    await until(lambda: len(kept_out(service)) == 2)

    wall(days * 86_400)
    any_house.hub._logins.lasting._next_tidy = 0.0
    await any_house.hub._logins.lasting.write()
    _, service = await again(any_house)

    assert kept_out(service) == {"192.0.2.1", "192.0.2.2"}
    assert 29 * 60 < left(service) <= 30 * 60
    assert windows_of(service) == [(PEER, tim)]


async def test_who_was_put_out_while_the_hub_was_away_stays_out(any_house, desk):
    service = await any_house.client()
    await any_house.stop()
    await until(lambda: not service.is_joined)
    service.tell(visitors.TarpitHit("192.0.2.1"))

    await any_house.start()

    await until(lambda: kept_out(service) == {"192.0.2.1"}, 10)


async def test_a_pardon_outlives_a_hub_that_is_killed(any_house, desk):
    service = await any_house.client()
    service.tell(visitors.TarpitHit("192.0.2.1"))
    await until(lambda: bool(kept_out(service)))
    await any_house.hub._logins.lasting.write()

    await desk.ask(visitors.Pardon("192.0.2.1"))
    any_house.hub._logins.lasting._keepers = ()  # it writes no more
    _, service = await again(any_house)

    assert kept_out(service) == set()


async def test_a_window_stays_open_for_the_rest_of_the_minutes(
    any_house, desk, tim, wall
):
    await put(desk, "sending_authentication", "pop_before_smtp")
    await put(desk, "pop_before_smtp_minutes", "10")
    await desk.ask(login())

    _, service = await again(any_house)

    assert windows_of(service) == [(PEER, tim)]
    rest = service.tables.visitors.windows.until(PEER, tim) - time.monotonic()
    assert 9 * 60 < rest <= 10 * 60
    _, service = await again(any_house, lambda: wall(11 * 60))
    assert windows_of(service) == []


@pytest.mark.parametrize("what", ["password", "kind"])
async def test_a_window_is_gone_with_the_credentials_it_was_opened_with(
    any_house, desk, tim, what
):
    """Also where the hub was killed before it could write that it closed."""
    await put(desk, "sending_authentication", "pop_before_smtp")
    await desk.ask(login())
    await any_house.hub._logins.lasting.write()
    any_house.hub._logins.lasting._keepers = ()  # it writes no more

    if what == "password":
        await desk.ask(SetPassword("tim@demo.test", Secret("another")))
    else:
        await change(desk, kind="disabled")
    _, service = await again(any_house)

    assert windows_of(service) == []


async def test_wrong_passwords_count_over_a_restart(any_house, desk, tim, wall):
    """TRUST 3: a restart is no fresh start for who guesses."""
    await any_house.client()
    for _ in range(4):
        refused = await desk.ask(login(password="wrong"))
    assert 7 < refused.retry_after_s <= 8

    asked, _ = await again(any_house)

    refused = await asked.ask(login(password="wrong"))
    assert 14 < refused.retry_after_s <= 15
    await any_house.hub._logins.lasting.write()
    rows = await any_house.hub._common.database.read(lasting_units.all_lasting)
    assert rows
    assert not any("tim" in row.name for row in rows), "not in clear"
    asked, _ = await again(any_house, lambda: wall(10 * 60))
    refused = await asked.ask(login(password="wrong"))
    assert refused.retry_after_s == 1.0
