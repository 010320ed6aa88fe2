"""The virus check of users and domains at the hub: inherited, switched, counted."""

import pytest

from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.domains import ChangeDomain
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.presence import AskStatus
from mailmax.hub.contract.quarantine import SwitchVirusCheck
from mailmax.hub.contract.rows import UNCHECKED
from mailmax.hub.contract.settings import SetSetting
from mailmax.hub.contract.users import ChangeUser, ShowUser

TIM, EVE, JOE = "tim@demo.test", "eve@demo.test", "joe@other.test"


@pytest.fixture
async def desk(any_house):
    return await any_house.begin(TIM, EVE, JOE, domains=("demo.test", "other.test"))


@pytest.fixture
async def service(any_house, desk):
    return await any_house.client()


def checked(service) -> list[str]:
    found = (service.tables.find(one) for one in (TIM, EVE, JOE))
    return [row.address for row in found if not row.flags & UNCHECKED]


async def counted(desk) -> int:
    return (await desk.ask(AskStatus())).checked_users


async def test_all_are_checked_unless_it_is_said_otherwise(desk, service) -> None:
    assert checked(service) == [TIM, EVE, JOE]
    assert await counted(desk) == 3

    await desk.ask(ChangeUser(EVE, {"virus_check": "off"}))
    assert checked(service) == [TIM, JOE]
    assert await counted(desk) == 2


async def test_a_domain_says_it_for_users_who_say_nothing(desk, service) -> None:
    await desk.ask(ChangeUser(TIM, {"virus_check": "on"}))
    await desk.ask(ChangeDomain("demo.test", {"virus_check": "off"}))

    assert checked(service) == [TIM, JOE]
    assert await counted(desk) == 2
    assert service.tables.domain("demo.test").virus_check is False
    await desk.ask(ChangeUser(TIM, {"virus_check": ""}))
    assert checked(service) == [JOE]
    assert await counted(desk) == 1


async def test_a_text_that_looks_so_counts_for_nothing(desk) -> None:
    text = '"virus_check":false, {"virus_check":false}'
    await desk.ask(ChangeUser(TIM, {"reply_text": text}))
    assert await counted(desk) == 3


async def test_all_users_of_a_domain_at_once(desk, service) -> None:
    await desk.ask(ChangeUser(TIM, {"virus_check": "on", "last_name": "Moss"}))

    answer = await desk.ask(SwitchVirusCheck(is_on=False, domain="demo.test"))

    assert isinstance(answer, Changed)
    assert answer.note == "2 users"
    assert checked(service) == [JOE]
    assert await counted(desk) == 1
    shown = {row.key: row.value for row in (await desk.ask(ShowUser(TIM))).rows}
    assert (shown["virus_check"], shown["last_name"]) == ("false", '"Moss"')

    await desk.ask(SwitchVirusCheck(is_on=True))
    assert checked(service) == [TIM, EVE, JOE]
    assert await counted(desk) == 3


async def test_a_domain_that_is_not_there(desk) -> None:
    answer = await desk.ask(SwitchVirusCheck(is_on=False, domain="no.test"))
    assert isinstance(answer, Denied)


async def test_status_names_the_checker(desk) -> None:
    assert (await desk.ask(AskStatus())).virus_checker == "none"
    await desk.ask(SetSetting("virus_check", "on"))
    assert (await desk.ask(AskStatus())).virus_checker == "clamd"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("/usr/bin/scan -r %d", None),
        ("/usr/bin/scan -r %D", "bad_value"),
        ("/usr/bin/scan -r", "bad_value"),
        ("scan %d", "bad_value"),
        ("/usr/bin/scan %d | mail", "bad_value"),
        ('/usr/bin/scan "%d', "bad_value"),
    ],
)
async def test_a_command_line_is_looked_at_when_it_is_set(desk, line, kind) -> None:
    answer = await desk.ask(SetSetting("external_command", line))
    assert (answer.kind if isinstance(answer, Denied) else None) == kind


async def test_no_program_is_switched_on_that_there_is_not(desk) -> None:
    answer = await desk.ask(SetSetting("external_check", "on"))
    assert isinstance(answer, Denied)
    await desk.ask(SetSetting("external_command", "/usr/bin/scan %d"))
    assert isinstance(await desk.ask(SetSetting("external_check", "on")), Changed)
    assert isinstance(await desk.ask(SetSetting("external_command", "")), Denied)
    await desk.ask(SetSetting("external_check", "off"))
    assert isinstance(await desk.ask(SetSetting("external_command", "")), Changed)
