"""The lines that lists are searched and sorted by follow whatever changes a user."""

import pytest
from sqlalchemy import select

from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.administrators import SetAdministration
from mailmax.hub.contract.domains import ChangeDomain, DeleteDomain
from mailmax.hub.contract.lists import Choice
from mailmax.hub.contract.message import Secret
from mailmax.hub.contract.users import (
    ChangeForward,
    ChangeUser,
    DeleteUser,
    Imported,
    ImportRow,
    ImportUsers,
    ListUsers,
    RenameUser,
    UserPage,
)
from mailmax.store.accounts import user_lines
from mailmax.store.accounts.schema import user_lines as lines
from mailmax.store.accounts.schema import users

TIM, ANN, EVE = "tim@demo.test", "ann@demo.test", "eve@two.test"
BEA = "bea@demo.test"
STEPS = [
    (ChangeUser(TIM, {"first_name": "Jörg", "last_name": "WEIß"}), TIM, "jörg weiss"),
    (ChangeUser(TIM, {"kind": "disabled"}), TIM, ""),
    (ChangeUser(TIM, {"box_limit_octets": "7M"}), TIM, ""),
    (ChangeDomain("demo.test", {"box_limit_octets": "5M"}), ANN, ""),
    (ChangeUser(TIM, {"box_limit_octets": ""}), TIM, ""),
    (ChangeForward(ANN, "x@far.test", is_wanted=True), ANN, ""),
    (ChangeUser(ANN, {"forwarding_on": "on"}), ANN, ""),
    (ChangeForward(ANN, TIM, is_wanted=True), ANN, ""),
    (RenameUser(TIM, "zoe@demo.test", keep_old=True), "zoe@demo.test", "zoe@"),
    (ChangeForward(ANN, "x@far.test", is_wanted=False), ANN, ""),
    (SetAdministration(ANN, ("two.test",)), ANN, ""),
    (SetAdministration(EVE, (), is_system=True, confirmed=True), EVE, ""),
    (
        ImportUsers((ImportRow(BEA, Secret("secret-1"), "Bea", "Roth"),)),
        BEA,
        "bea roth",
    ),
    (DeleteUser("zoe@demo.test", confirmed=True), ANN, ""),
    (SetAdministration(EVE, ("demo.test",)), EVE, ""),
    (DeleteDomain("demo.test", with_users=True, confirmed=True), EVE, ""),
]


@pytest.mark.manual("2.4")
async def test_every_line_is_what_it_would_be_if_it_were_made_anew(any_house):
    desk = await any_house.begin(TIM, ANN, EVE, domains=("demo.test", "two.test"))
    database = any_house.hub._common.database
    await database.write(_use)

    for request, address, search in STEPS:
        answer = await desk.ask(request)

        assert isinstance(answer, Changed | Imported), (request, answer)
        there, anew = await database.write(_compare)
        assert there == anew, request
        page = await desk.ask(ListUsers(choice=Choice(search or address)))
        assert isinstance(page, UserPage)
        assert address in [row.address for row in page.rows], request

    [left] = (await desk.ask(ListUsers())).rows
    assert (left.address, left.used_octets, left.administers) == (EVE, 5, 0)


def _use(tx) -> None:
    """What is used is kept, whatever else of a line changes."""
    numbers = tx.scalars(select(users.c.id)).all()
    held = user_lines.Held(5, 1, 1.0)
    user_lines.keep_used(tx, dict.fromkeys(numbers, held))


def _compare(tx) -> tuple[list, list]:
    """Return the lines as they are, and as they are made of what there is."""
    wanted = select(lines).order_by(lines.c.user_id)
    there = [tuple(row) for row in tx.execute(wanted)]
    user_lines.renew(tx, tx.scalars(select(users.c.id)).all())
    return there, [tuple(row) for row in tx.execute(wanted)]
