"""Administrators of other computers: let in where that is allowed (GEN-2, HUB-2).

Theory:
    Everybody here comes over TLS from this computer. `far` lets them count as
    programs of another one; `tests/system` has one that really is.
"""

import time

import pytest

from fix_ports import free_port
from mailmax.base.errors import PermanentFailure
from mailmax.cli.certificate import make_certificate
from mailmax.hub.client import HubClient
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.checks import ListFindings
from mailmax.hub.contract.domains import AddDomain
from mailmax.hub.contract.host_password import HostPasswordSet, SetHostPassword
from mailmax.hub.contract.logins import LoginAccepted, VerifyLogin
from mailmax.hub.contract.message import Denied, Secret
from mailmax.hub.contract.presence import AskStatus, Status
from mailmax.hub.contract.settings import SetSetting
from mailmax.hub.contract.web import WEBADMIN
from mailmax.hub.host_password import PasswordFile
from waiting import until

ON = SetSetting("remote_administration", "on")
OFF = SetSetting("remote_administration", "off")


@pytest.fixture
async def open_house(house):
    """Give a hub that listens for other computers, too."""
    make_certificate(
        ["localhost"], house.root / "tls/cert.pem", house.root / "tls/key.pem"
    )
    port = free_port()
    toml = house.root / "mailmax.toml"
    toml.write_text(f'{toml.read_text()}[hub]\nlisten = "127.0.0.1:{port}"\n')
    house.tls_address = f"tls:127.0.0.1:{port}"
    return house


@pytest.fixture
def far(monkeypatch) -> None:
    """Let whoever comes over TLS be of another computer."""
    monkeypatch.setattr(
        "mailmax.datamax.doors.is_own_computer", lambda peer, own: False
    )


async def joined(house, role: str, password: PasswordFile | None = None) -> HubClient:
    client = house.make_client(role, frozenset(), password, house.tls_address)
    await client.start(60)
    return client


async def test_a_program_of_the_own_computer_may_administer_over_tls_too(open_house):
    await open_house.start()

    desk = await joined(open_house, "admin")

    assert isinstance(await desk.ask(AddDomain("demo.test")), Changed)


async def test_by_default_administrators_of_other_computers_hear_which_setting(
    open_house, far
):
    await open_house.start()

    with pytest.raises(PermanentFailure) as refused:
        await joined(open_house, "admin")

    assert "remote_administration: it is off" in refused.value.text
    assert "mailmax config set remote_administration on" in refused.value.text


async def test_the_web_of_another_computer_is_let_in_where_administrators_are(
    open_house, far
):
    await open_house.start()
    desk = await open_house.admin()
    with pytest.raises(PermanentFailure, match="remote_administration"):
        await joined(open_house, WEBADMIN)

    await desk.ask(ON)
    web = await joined(open_house, WEBADMIN)
    assert isinstance(await web.ask(AskStatus()), Status)
    denied = await web.ask(AddDomain("other.test"))
    assert (denied.kind, denied.field) == ("not_allowed", "actor")
    await desk.ask(OFF)

    await until(lambda: not web.is_joined)


async def test_services_of_other_computers_are_no_administrators(open_house, far):
    """They serve whatever is set, and administer never."""
    await open_house.start()
    desk = await open_house.admin()
    await desk.ask(AddDomain("demo.test"))
    await open_house.add_user(desk, "tim@demo.test", "secret")
    service = await joined(open_house, "imapmax")

    for switch in (OFF, ON):
        await desk.ask(switch)
        login = VerifyLogin("tim@demo.test", Secret("secret"), "imap", "::1", True)
        assert isinstance(await service.ask(login), LoginAccepted)
        for request in (AddDomain("other.test"), AskStatus(), OFF):
            denied = await service.ask(request)
            assert (denied.kind, denied.field) == ("not_allowed", "role")


@pytest.mark.timed
async def test_switched_off_it_ends_what_is_open_within_a_second(open_house, far):
    await open_house.start()
    desk = await open_house.admin()
    await desk.ask(ON)
    remote = await joined(open_house, "admin")
    service = await joined(open_house, "popmax")
    told: list[Denied] = []
    remote.on_notice(Denied, told.append)
    assert isinstance(await remote.ask(AddDomain("demo.test")), Changed)

    begin = time.monotonic()
    assert isinstance(await desk.ask(OFF), Changed)
    denied = await remote.ask(AddDomain("late.test"))
    await until(lambda: not remote.is_joined)

    assert denied.field == "remote_administration"
    assert time.monotonic() - begin < 1.0
    assert [why.field for why in told] == ["remote_administration"]
    assert service.is_joined
    assert desk.is_joined
    with pytest.raises(PermanentFailure, match="remote_administration"):
        await joined(open_house, "admin")


async def test_who_switches_it_off_from_elsewhere_hears_that_it_is_off(open_house, far):
    await open_house.start()
    await (await open_house.admin()).ask(ON)
    remote = await joined(open_house, "admin")

    assert isinstance(await remote.ask(OFF), Changed)

    await until(lambda: not remote.is_joined)


async def test_on_again_in_time_it_puts_nobody_out(open_house, far):
    hub = await open_house.start()
    desk = await open_house.admin()
    await desk.ask(ON)
    remote = await joined(open_house, "admin")

    for switch in (OFF, ON):
        await desk.ask(switch)
    hub._admission._put_out()  # as it happens half a second after the first

    assert isinstance(await remote.ask(AskStatus()), Status)


async def test_until_the_first_host_password_is_changed_it_does_not_help(
    open_house, far
):
    open_house.password.save_first("made-up-at-the-set-up")
    await open_house.start()
    desk = await open_house.admin()
    await desk.ask(ON)

    with pytest.raises(PermanentFailure, match="host_password: it is still the one of"):
        await joined(open_house, "admin")

    service = await joined(open_house, "imapmax")
    assert service.is_joined
    answer = await desk.ask(SetHostPassword(Secret("another")))
    assert isinstance(answer, HostPasswordSet)
    await joined(open_house, "admin")
    await open_house.stop()
    await open_house.start()
    remote = await joined(open_house, "admin")
    assert isinstance(await remote.ask(AskStatus()), Status)


async def test_a_short_host_password_is_taken_with_a_caution(open_house):
    """When it is set, and when remote administration is switched on with it."""
    await open_house.start()
    desk = await open_house.admin()

    long = await desk.ask(SetHostPassword(Secret("twelve-chars")))
    quiet = await desk.ask(ON)
    await desk.ask(OFF)
    short = await desk.ask(SetHostPassword(Secret("s")))
    on = await desk.ask(ON)
    found = await desk.ask(ListFindings())
    off = await desk.ask(OFF)
    silent = await desk.ask(ListFindings())

    assert (long.note, quiet.note, off.note) == ("", "", "")
    assert short.note == (
        "caution: a host password of fewer than 12 characters can be guessed"
    )
    assert on.note.startswith("caution: it is on, and the host password is so short")
    assert "short_host_password" in {row.check for row in found.rows}
    assert "short_host_password" not in {row.check for row in silent.rows}


async def test_the_first_host_password_set_again_is_the_first_again(open_house, far):
    open_house.password.save_first("made-up")
    await open_house.start()
    desk = await open_house.admin()
    await desk.ask(ON)

    for password in ("another", "made-up"):
        await desk.ask(SetHostPassword(Secret(password)))

    with pytest.raises(PermanentFailure, match="host_password"):
        await joined(open_house, "admin")


def test_the_note_of_the_first_one_does_not_say_it(house):
    house.password.save_first("made-up-at-the-set-up")

    files = list((house.root / "secrets").iterdir())

    assert len(files) == 2
    for file in files:
        assert file.stat().st_mode & 0o077 == 0
        assert (b"made-up" in file.read_bytes()) is (file == house.password.path)
    assert house.password.is_first()
    house.password.save("another")
    assert not house.password.is_first()
