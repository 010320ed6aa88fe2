"""Housekeeping at the hub: whose values hold, who is too old, what is to be removed."""

import pytest

from mailmax.hub import admin


@pytest.fixture
async def desk(any_house):
    await any_house.start()
    desk = await any_house.admin()
    await desk.ask(admin.AddDomain("demo.test"))
    await any_house.add_user(desk, "tim@demo.test")
    return desk


async def shown(desk, request):
    detail = await desk.ask(request)
    return {row.key: (row.value, row.is_own) for row in detail.rows}


@pytest.mark.manual("6.2")
async def test_what_is_not_set_is_shown_as_the_wider_scope_has_it(desk):
    await desk.ask(admin.SetSetting("housekeeping", "messages_by_age"))
    await desk.ask(admin.SetSetting("housekeeping_days", "90"))
    await desk.ask(admin.ChangeDomain("demo.test", {"housekeeping_days": "30"}))

    domain = await shown(desk, admin.ShowDomain("demo.test"))
    user = await shown(desk, admin.ShowUser("tim@demo.test"))

    assert domain["housekeeping"] == ('"messages_by_age"', False)
    assert domain["housekeeping_days"] == ("30", True)
    assert user["housekeeping"] == ('"messages_by_age"', False)
    assert user["housekeeping_days"] == ("30", False)
    await desk.ask(admin.ChangeDomain("demo.test", {"housekeeping": "disabled"}))
    user = await shown(desk, admin.ShowUser("tim@demo.test"))
    assert user["housekeeping"] == ('"disabled"', False)
