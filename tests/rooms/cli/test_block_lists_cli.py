"""Block lists at the command line (ORL-1)."""

import asyncio
import json
import time

from mailmax.cli.moments import shown_moment
from mailmax.hub.contract.block_lists import (
    BlockListState,
    BlockListsTried,
    BlockListVerdict,
    TryBlockLists,
)
from mailmax.hub.contract.message import Denied

WHY = "it lists 127.0.0.1, which none may: it would refuse everybody"
SOUND = BlockListState("a.test", "used", "", 100.0, 5, 1, 2)
SICK = BlockListState("b.test@192.0.2.1", "disabled", WHY, 200.0)


async def test_lists_are_shown_and_a_disabled_one_is_an_alarm(running):
    assert (await running.type("dnsbl", "list"))[:2] == (0, "")
    smtpmax = running.client("smtpmax")
    smtpmax.report_block_lists(lambda: (SOUND, SICK))
    await smtpmax.start(60)
    end = time.monotonic() + 60
    while not (await running.type("dnsbl", "list"))[1]:
        assert time.monotonic() < end
        await asyncio.sleep(0.01)

    _, out, _ = await running.type("dnsbl", "list")

    node = "here"  # whom the client says that it is
    used, sick = shown_moment(100.0), shown_moment(200.0)
    assert out == (
        f"a.test\t{node}\tused\t{used}\t5\t1\t2\t\n"
        f"b.test@192.0.2.1\t{node}\tdisabled\t{sick}\t0\t0\t0\t{WHY}\n"
    )
    _, out, _ = await running.type("dnsbl", "list", "--json", "--limit", "1")
    page = json.loads(out)
    assert (page["rows"][0]["entry"], page["rows"][0]["listed"]) == ("a.test", 1)
    assert page["next"] == "1"
    _, out, _ = await running.type("status")
    [alarm] = [line for line in out.splitlines() if "disabled" in line]
    assert alarm == f"block list b.test@192.0.2.1 is disabled since {sick}: {WHY}"
    _, out, _ = await running.type("status", "--json")
    assert [one["state"] for one in json.loads(out)["block_lists"]] == [
        "used",
        "disabled",
    ]
    await smtpmax.stop()


async def test_an_address_is_looked_up(running):
    async def answer(request: TryBlockLists) -> BlockListsTried | Denied:
        if request.address == "x":
            return Denied("bad_value", "address", "'x' is no address", "give one")
        verdict = "listed" if request.address == "192.0.2.1" else "free"
        rows = (
            BlockListVerdict("a.test", verdict, "spam", 0.0124),
            BlockListVerdict("b.test", "silent", "", 5.0),
        )
        return BlockListsTried("here", True, rows)

    code, _, err = await running.type("dnsbl", "test", "192.0.2.1")
    assert (code, "SMTPMax is not running" in err) == (75, True)
    smtpmax = running.client("smtpmax")
    smtpmax.on_request(TryBlockLists, answer)
    await smtpmax.start(60)

    listed = "a.test\tlisted\tspam\t12 ms\nb.test\tno answer\t\t5000 ms\n"
    assert await running.type("dnsbl", "test", "192.0.2.1") == (6, listed, "")
    code, out, _ = await running.type("dnsbl", "test", "192.0.2.2", "--json")
    assert (code, json.loads(out)["verdicts"][0]["verdict"]) == (0, "free")
    code, _, err = await running.type("dnsbl", "test", "x")
    assert (code, "address: 'x' is no address" in err) == (2, True)
    await smtpmax.stop()
