"""The password of a smart host: for QueueMax alone (GEN-8, DOM-2)."""

import json
from contextlib import suppress

import pytest

from mailmax.base.errors import Failure
from mailmax.hub.contract.domains import (
    AddDomain,
    ChangeDomain,
    DeleteDomain,
    ShowDomain,
)
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.settings import GetSettings, SetSetting
from mailmax.hub.contract.tables import ALL_TOPICS, QUEUE_TOPICS, Subscribe

KEY = "smart_host_password"
SYSTEMS, DOMAINS = "the-systems-geheim", "the-domains-geheim"


@pytest.fixture
async def desk(any_house):
    return await any_house.begin()


async def set_both(desk):
    await desk.ask(SetSetting(KEY, SYSTEMS))
    return (await desk.ask(ChangeDomain("demo.test", {KEY: DOMAINS}))).item_id


async def test_queuemax_gets_it_live_and_from_the_beginning(any_house, desk):
    early = await any_house.client("queuemax", QUEUE_TOPICS)
    number = await set_both(desk)
    late = await any_house.client("queuemax", QUEUE_TOPICS)

    for queuemax in (early, late):
        tables = queuemax.tables
        assert tables.smart_host_password(0) == SYSTEMS
        assert tables.smart_host_password(number) == DOMAINS
        assert tables.setting(KEY) == ""

    await desk.ask(SetSetting(KEY, ""))
    await desk.ask(ChangeDomain("demo.test", {KEY: ""}))
    assert early.tables.smart_host_password(0) == ""
    assert early.tables.smart_host_password(number) == ""


async def test_it_lasts_over_a_restart_and_goes_with_its_domain(any_house, desk):
    number = await set_both(desk)
    await desk.stop()
    await any_house.stop()
    await any_house.start()
    queuemax = await any_house.client("queuemax", QUEUE_TOPICS)
    assert queuemax.tables.smart_host_password(number) == DOMAINS

    desk = await any_house.admin()
    await desk.ask(DeleteDomain("demo.test"))

    assert queuemax.tables.smart_host_password(number) == ""
    assert queuemax.tables.smart_host_password(0) == SYSTEMS


async def test_administrators_see_that_there_is_one(any_house, desk):
    before = await desk.ask(GetSettings(KEY))
    await set_both(desk)

    every = await desk.ask(GetSettings())
    detail = await desk.ask(ShowDomain("demo.test"))

    assert json.loads(before.rows[0].value) == ""
    for rows in (every.rows, detail.rows):
        shown = {row.key: json.loads(row.value) for row in rows}
        assert shown[KEY] == "********"
    assert "geheim" not in repr((every, detail))


async def test_no_other_service_gets_it(any_house, desk):
    await set_both(desk)
    other = await any_house.client("filer", ALL_TOPICS)
    assert other.tables.smart_host_password(0) == ""
    assert other.tables.setting(KEY) == ""

    greedy = any_house.make_client("filer", QUEUE_TOPICS)
    with suppress(Failure):
        await greedy.start(1)
    assert greedy.tables.smart_host_password(0) == ""
    stranger = await any_house.client("admin", frozenset())
    refused = await stranger.ask(Subscribe(frozenset({"smart_host_secrets"})))
    assert isinstance(refused, Denied)
    assert refused.kind == "not_allowed"


async def test_it_is_nowhere_on_disk_as_it_is(house):
    desk = await house.begin()
    await set_both(desk)
    await desk.stop()
    await house.stop()

    files = [path for path in house.root.rglob("*") if path.is_file()]
    assert any(
        path.suffix == ".db" or b"SQLite" in path.read_bytes()[:16] for path in files
    )
    assert not [path for path in files if b"geheim" in path.read_bytes()]


async def test_with_another_key_it_is_none_and_that_is_told(house, caplog):
    desk = await house.begin()
    await set_both(desk)
    await desk.stop()
    await house.stop()
    (house.root / "secrets" / "apop-key").write_bytes(bytes(32))
    await house.start()

    queuemax = await house.client("queuemax", QUEUE_TOPICS)

    assert queuemax.tables.smart_host_password(0) == ""
    assert "cannot be read: set it again" in caplog.text


async def test_refusals_do_not_say_it(desk):
    refused = await desk.ask(SetSetting(KEY, "geheim\n"))
    of_domain = await desk.ask(AddDomain("new.test", {KEY: "geheim" * 100}))

    for one in (refused, of_domain):
        assert isinstance(one, Denied)
        assert "geheim" not in repr(one)
