"""Rows of the table `lasting` that cannot be read keep no hub from starting."""

import logging
import time

import pytest
from sqlalchemy import insert

from mailmax.hub.contract import visitors
from mailmax.store.accounts.schema import lasting

BAD_NAMES = (
    "192.0.2.9",
    "192.0.2.9 tim",
    "192.0.2.9 ",
    " 7",
    "192.0.2.9 -7",
    f"192.0.2.9 {'9' * 30}",
    f"192.0.2.9 {'9' * 200}",
)


def put_rows(tx) -> None:
    soon = time.time() + 600
    rows = [("window", name, 1.0, soon) for name in BAD_NAMES]
    rows += [
        ("block", "192.0.2.1", 0.0, soon),
        ("block", "192.0.2.2", 0.0, float("inf")),
        ("tries", "abc", float("inf"), time.time()),
        ("nonsense", "x", 0.0, soon),
    ]
    names = ("what", "name", "amount", "moment")
    tx.execute(insert(lasting), [dict(zip(names, row, strict=True)) for row in rows])


async def test_rows_that_cannot_be_read_are_skipped_and_told(any_house, caplog):
    await any_house.start()
    await any_house.hub._common.database.write(put_rows)
    await any_house.stop()

    with caplog.at_level(logging.WARNING):
        await any_house.start()

    desk = await any_house.admin()
    page = await desk.ask(visitors.ListBlocks())
    assert [row.address for row in page.rows] == ["192.0.2.1"]
    told = [line for line in caplog.messages if "table lasting" in line]
    for name in (*BAD_NAMES, "192.0.2.2", "abc"):
        assert any(repr(name) in line for line in told), name


@pytest.mark.parametrize("value", ["soon", b"\xff\x00"])
async def test_a_moment_that_is_no_number_is_skipped(house, value):
    await house.start()
    await house.hub._common.database.write(
        lambda tx: tx.exec_driver_sql(
            "INSERT INTO lasting (what, name, amount, moment) VALUES (?, ?, ?, ?)",
            ("block", "192.0.2.1", 0.0, value),
        )
    )
    await house.stop()

    await house.start()

    page = await (await house.admin()).ask(visitors.ListBlocks())
    assert page.rows == ()
