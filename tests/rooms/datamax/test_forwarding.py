"""Forwards and automatic replies as administrators set them (USR-5, USR-6)."""

import json

import pytest

from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.aliases import AddAlias
from mailmax.hub.contract.checks import ListFindings
from mailmax.hub.contract.message import Denied, Secret
from mailmax.hub.contract.rows import FORWARDS, REPLIES, ForwardRow, ReplyRow
from mailmax.hub.contract.tables import FILER_TOPICS
from mailmax.hub.contract.users import (
    AddUser,
    ChangeForward,
    ChangeUser,
    DeleteUser,
    RenameUser,
    ShowUser,
)

TIM = "tim@demo.test"
EVE = "eve@demo.test"


@pytest.fixture
async def desk(any_house):
    return await any_house.begin(TIM, EVE)


async def shown(desk, key):
    detail = await desk.ask(ShowUser(TIM))
    return next(json.loads(row.value) for row in detail.rows if row.key == key)


@pytest.mark.manual("7.2")
async def test_a_list_is_kept_while_it_is_off(any_house, desk):
    filer = await any_house.client("filer", FILER_TOPICS)
    number = filer.tables.find(TIM).user_id
    values = {"forwards": "EVE@demo.test, Far@away.test", "forwarding_on": "on"}

    await desk.ask(ChangeUser(TIM, values))

    row = ForwardRow(number, (EVE, "Far@away.test"))
    assert filer.tables.find(TIM).flags & FORWARDS
    assert filer.tables.forwards_of(number) == row
    await desk.ask(ChangeUser(TIM, {"forwarding_on": "off"}))
    assert not filer.tables.find(TIM).flags & FORWARDS
    assert filer.tables.forwards_of(number) is None
    assert await shown(desk, "forwards") == [EVE, "Far@away.test"]
    await desk.ask(ChangeUser(TIM, {"forwarding_on": "on"}))
    assert filer.tables.forwards_of(number) == row


async def test_who_comes_later_hears_of_all_of_them_and_smtpmax_of_none(
    any_house, desk
):
    values = {"forwards": EVE, "forwarding_on": "on", "reply_on": "on"}
    values |= {"reply_text": "Away.\nTim", "reply_subject": "Vacation"}
    await desk.ask(ChangeUser(TIM, values))

    filer = await any_house.client("filer", FILER_TOPICS)
    smtp = await any_house.client()

    number = filer.tables.find(TIM).user_id
    assert filer.tables.find(TIM).flags == FORWARDS | REPLIES
    assert filer.tables.forwards_of(number) == ForwardRow(number, (EVE,))
    assert filer.tables.reply_of(number) == ReplyRow(
        number, "", "", "Vacation", "Away.\nTim", 7
    )
    assert smtp.tables.find(TIM).flags == FORWARDS | REPLIES
    assert smtp.tables.forwards_of(number) is None
    assert smtp.tables.reply_of(number) is None


async def test_with_the_last_address_forwarding_goes_off(any_house, desk):
    """As `config check` advises where that one leads to nobody."""
    filer = await any_house.client("filer", FILER_TOPICS)
    values = {"forwards": f"{EVE},gone@demo.test", "forwarding_on": "on"}
    await desk.ask(ChangeUser(TIM, values))

    await desk.ask(ChangeForward(TIM, EVE, is_wanted=False))
    left = filer.tables.find(TIM).flags
    last = await desk.ask(ChangeForward(TIM, "gone@demo.test", is_wanted=False))

    assert left == FORWARDS
    assert last.note == "the list is empty: forwarding is off now"
    assert filer.tables.find(TIM).flags == 0
    found = await desk.ask(ListFindings())
    assert "forwards" not in {row.check for row in found.rows}
    assert isinstance(await desk.ask(ChangeForward(TIM, EVE, is_wanted=True)), Changed)


@pytest.mark.parametrize("kind", ["trap", "disabled"])
async def test_a_trap_or_disabled_user_does_neither(any_house, desk, kind):
    filer = await any_house.client("filer", FILER_TOPICS)
    values = {"forwards": EVE, "forwarding_on": "on"}
    values |= {"reply_on": "on", "reply_text": "Away."}
    await desk.ask(ChangeUser(TIM, values))

    await desk.ask(ChangeUser(TIM, {"kind": kind}))

    assert filer.tables.find(TIM).flags == 0
    assert filer.tables.forwards_of(filer.tables.find(TIM).user_id) is None


@pytest.mark.parametrize(
    ("values", "kind", "field"),
    [
        ({"forwards": "eve@demo.test,EVE@demo.test"}, "bad_value", "forwards"),
        ({"forwards": "nobody"}, "bad_value", "forwards"),
        ({"forwards": "Tim@demo.test"}, "conflict", "forwards"),
        ({"forwards": "info@demo.test"}, "conflict", "forwards"),
        ({"forwarding_on": "on"}, "conflict", "forwards"),
        ({"reply_on": "on"}, "conflict", "reply_text"),
        ({"reply_on": "on", "reply_text": " "}, "conflict", "reply_text"),
        ({"reply_text": "x" * 16_385}, "bad_value", "reply_text"),
        ({"reply_from": EVE}, "bad_value", "reply_from"),
        ({"reply_from": "far@away.test"}, "bad_value", "reply_from"),
        ({"reply_days": "0"}, "bad_value", "reply_days"),
    ],
)
async def test_what_makes_no_sense_is_refused_and_nothing_is_changed(
    any_house, desk, values, kind, field
):
    await desk.ask(AddAlias("info@demo.test", TIM))

    refused = await desk.ask(ChangeUser(TIM, {"first_name": "Tim", **values}))

    assert isinstance(refused, Denied)
    assert (refused.kind, refused.field) == (kind, field)
    assert await shown(desk, "first_name") == ""


async def test_a_hundred_forwards_are_taken_and_one_more_is_not(desk):
    most = [f"u{n}@away.test" for n in range(100)]
    taken = await desk.ask(ChangeUser(TIM, {"forwards": ",".join(most)}))
    refused = await desk.ask(ChangeForward(TIM, "one@more.test", True))

    assert isinstance(taken, Changed)
    assert isinstance(refused, Denied)
    assert await shown(desk, "forwards") == most


@pytest.mark.manual("7.2")
async def test_the_list_changes_by_one_address(desk):
    for target in (EVE, "far@away.test"):
        await desk.ask(ChangeForward(TIM, target, True))
    twice = await desk.ask(ChangeForward(TIM, "Eve@demo.test", True))
    await desk.ask(ChangeForward(TIM, "Eve@demo.test", False))
    never = await desk.ask(ChangeForward(TIM, EVE, False))

    assert await shown(desk, "forwards") == ["far@away.test"]
    assert (twice.kind, never.kind) == ("conflict", "not_found")


@pytest.mark.manual("7.2")
async def test_discarding_copies_and_addresses_of_nobody_are_warned_of(desk):
    values = {"forwards": "nobody@demo.test", "forwarding_on": "on"}
    there = await desk.ask(ChangeUser(TIM, values))
    warned = await desk.ask(ChangeUser(TIM, {"forwards_keep_copy": "off"}))

    assert "no nobody@demo.test here" in there.note
    assert "no copy stays here" in warned.note


async def test_a_forward_follows_a_new_name_and_goes_with_a_delete(any_house, desk):
    filer = await any_house.client("filer", FILER_TOPICS)
    number = filer.tables.find(TIM).user_id
    values = {"forwards": f"{EVE},far@away.test", "forwarding_on": "on"}
    await desk.ask(ChangeUser(TIM, values))

    await desk.ask(RenameUser(EVE, "eva@demo.test"))
    renamed = filer.tables.forwards_of(number).addresses
    refused = await desk.ask(DeleteUser("eva@demo.test"))
    await desk.ask(DeleteUser("eva@demo.test", confirmed=True))

    assert sorted(renamed) == ["eva@demo.test", "far@away.test"]
    assert refused.kind == "conflict"
    assert filer.tables.forwards_of(number).addresses == ("far@away.test",)
    await desk.ask(ChangeUser(TIM, {"first_name": "Tim"}))
    assert await shown(desk, "first_name") == "Tim"


async def test_a_forward_to_an_alias_stands_in_the_way_of_its_user_too(any_house, desk):
    await desk.ask(AddAlias("info@demo.test", EVE))
    values = {"forwards": "info@demo.test", "forwarding_on": "on"}
    await desk.ask(ChangeUser(TIM, values))

    refused = await desk.ask(DeleteUser(EVE))
    await desk.ask(DeleteUser(EVE, confirmed=True))

    assert "forward of tim@demo.test" in refused.reason
    assert await shown(desk, "forwards") == []


async def test_a_user_may_be_added_with_both(any_house, desk):
    filer = await any_house.client("filer", FILER_TOPICS)
    values = {"forwards": EVE, "forwarding_on": "on"}
    values |= {"reply_on": "on", "reply_text": "Away.", "reply_from": "joe@demo.test"}

    added = await desk.ask(AddUser("joe@demo.test", Secret("secret"), values))

    assert filer.tables.forwards_of(added.item_id).addresses == (EVE,)
    assert filer.tables.reply_of(added.item_id).from_address == "joe@demo.test"


async def test_an_answer_may_come_from_an_alias(desk):
    await desk.ask(AddAlias("info@demo.test", TIM))

    taken = await desk.ask(ChangeUser(TIM, {"reply_from": "info@demo.test"}))

    assert isinstance(taken, Changed)
