"""Programs are tried by the REST API, before a real hub, by the desk of a filer."""

import base64
from typing import Any

import pytest

from fix_web import Browser, Web
from mailmax.filer.program_trial import ProgramDesk
from mailmax.hub.contract.programs import BeginProgramTrial, ProgramTrial
from mailmax.net.children.runner import Programs
from waiting import until

pytestmark = pytest.mark.manual("4.10")

FINDS = '/bin/sh -c "echo looked; grep -rl evil %F | xargs -r rm"'
WAITS = '/bin/sh -c "until test -e {}; do sleep 0.05; done" %F'
FAR = "POST /programs/trial"


@pytest.fixture
async def desk(web: Web, house, tmp_path):
    """Let a filer join that runs programs."""
    client = house.make_client("filer")
    programs = Programs(tmp_path / "working", readable=(str(tmp_path),))
    desk = ProgramDesk(programs, "one")
    desk.answer(client)
    await client.start(10)
    yield desk
    await desk.stop()
    await programs.stop()
    await client.stop()


def given(**files: str) -> list[dict[str, str]]:
    return [
        {"name": name, "octets": base64.b64encode(text.encode()).decode()}
        for name, text in files.items()
    ]


async def ended(root: Browser) -> dict[str, Any]:
    while True:
        told: dict[str, Any] = (await root.ask("GET /programs/trial")).json
        if not told["is_running"]:
            return told


async def test_a_program_is_run_on_files_and_it_is_told_what_it_removed(
    web: Web, desk: ProgramDesk
):
    root = await web.signed_in("root@a.test")
    none = (await root.ask("GET /programs/trial")).json

    files = given(bad="evil", good="nice")
    begun = await root.ask(FAR, {"line": FINDS, "files": files})
    told = await ended(root)

    assert (none["begun_at"], none["outcome"]) == (None, "")
    assert (begun.status, begun.json["is_running"]) == (200, True)
    assert (told["outcome"], told["status"], told["reason"]) == ("ended", 0, "")
    assert (told["removed"], told["output"]) == (["bad"], "looked\n")
    assert told["contained"]
    noted = (await root.ask("GET /audit?q=grep")).json["rows"]
    assert [(one["request"], one["result"]) for one in noted] == [
        ("BeginProgramTrial", "done")
    ]
    assert "evil" not in str(noted[0]["after"]).replace(FINDS, "")


async def test_a_small_text_is_given_where_there_is_no_file(
    web: Web, desk: ProgramDesk
):
    root = await web.signed_in("root@a.test")

    refused = await root.ask(FAR, {"line": "/bin/cat %M | sh"})
    await root.ask(FAR, {"line": "/bin/cat %M"})
    told = await ended(root)

    assert (refused.status, refused.json["field"]) == (422, "line")
    assert "Subject: a sample" in told["output"]


async def test_what_fails_says_that_it_judged_nothing(web: Web, desk: ProgramDesk):
    root = await web.signed_in("root@a.test")

    await root.ask(FAR, {"line": "/bin/sh -c 'sleep 60' %F", "seconds": 1})
    hung = await ended(root)
    await root.ask(FAR, {"line": "/nowhere/at/all %F"})
    missing = await ended(root)

    assert hung["outcome"] == "hung"
    assert (missing["outcome"], missing["removed"]) == ("not_startable", [])
    assert missing["reason"]


async def test_one_runs_at_a_time_and_what_is_too_much_is_refused(
    web: Web, desk: ProgramDesk, tmp_path
):
    root = await web.signed_in("root@a.test")
    go = tmp_path / "go"

    async def refused(asked: dict[str, Any]) -> tuple[int, str]:
        told = await root.ask(FAR, asked)
        return told.status, told.json["field"]

    await root.ask(FAR, {"line": WAITS.format(go)})
    busy = await refused({"line": FINDS})
    go.touch()
    await ended(root)

    assert busy == (409, "line")
    two = given(a="1", b="2")
    assert await refused({"line": "/bin/cat %M", "files": two}) == (422, "files")
    assert await refused({"line": "/bin/cat %F", "seconds": 301}) == (422, "seconds")
    elsewhere = await root.ask(FAR, {"line": FINDS, "node": "elsewhere"})
    assert elsewhere.status == 503


async def test_one_that_was_cut_off_does_not_run_for_ever(
    web: Web, desk: ProgramDesk, tmp_path
):
    root = await web.signed_in("root@a.test")
    await root.ask(FAR, {"line": "/bin/true %F"})  # what runs programs is up
    await ended(root)
    await root.ask(FAR, {"line": WAITS.format(tmp_path / "never")})

    await desk.stop()
    told = await ended(root)

    assert (told["outcome"], told["reason"]) == ("broken", "the filer ended it")


async def test_only_who_may_set_a_program_tries_one(web: Web, desk: ProgramDesk):
    """TRUST I3: also where a route would let others in."""
    chief = await web.signed_in("chief@a.test")

    told = await chief.ask(FAR, {"line": FINDS})
    limited = await web.desk.ask(BeginProgramTrial(FINDS, is_limited=True))

    assert told.status == 404
    assert limited.kind == "not_allowed"
    asked = await web.desk.ask(BeginProgramTrial("/bin/true %F"))
    assert isinstance(asked, ProgramTrial)
    await until(lambda: not desk._last.is_running)
