"""Virus scanners by the REST API, before a real hub and an SMTPMax that is asked."""

import pytest

from fix_web import Web
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.virus import (
    AskVirusState,
    BeginVirusTest,
    BeginVirusUpdate,
    ScannerView,
    TrialView,
    UpdateView,
    VerdictView,
    VirusState,
)

MADE_AT = 1_700_000_000.0


class Scanners:
    """What an SMTPMax says, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.trial = TrialView()
        self.update = UpdateView("/bin/true", "/srv/virus", every_hours=6)
        self.denied: Denied | None = None

    async def answer(self, request) -> VirusState | Denied:
        self.asked.append(request)
        if self.denied is not None:
            return self.denied
        return VirusState(
            "one",
            (
                ScannerView("external", is_on=False, trouble="no command is set"),
                ScannerView("clamd", True, "", "ClamAV 1.0.7", "27500", MADE_AT),
            ),
            self.trial,
            self.update,
        )


@pytest.fixture
async def scanners(web: Web, house):
    """Let an SMTPMax join that answers."""
    said = Scanners()
    client = house.make_client("smtpmax")
    for kind in (AskVirusState, BeginVirusTest, BeginVirusUpdate):
        client.on_request(kind, said.answer)
    await client.start(10)
    yield said
    await client.stop()


async def test_the_state_is_shown(web: Web, scanners: Scanners):
    root = await web.signed_in("root@a.test")

    told = (await root.ask("GET /virus")).json

    assert [one["kind"] for one in told["scanners"]] == ["external", "clamd"]
    clamd = told["scanners"][1]
    assert (clamd["engine"], clamd["signatures"]) == ("ClamAV 1.0.7", "27500")
    assert clamd["made_at"].startswith("2023-11-14T22:13:20")
    assert told["update"]["every_hours"] == 6
    assert told["test"] == {"begun_at": None, "is_running": False, "verdicts": []}
    assert len(told["nodes"]) == 1


async def test_a_test_and_an_update_are_begun_and_noted(web: Web, scanners: Scanners):
    root = await web.signed_in("root@a.test")
    verdict = VerdictView("clamd", "found", "Eicar", 0.25)
    scanners.trial = TrialView(MADE_AT, False, (verdict,))

    tested = await root.ask("POST /virus/test", {})
    updated = await root.ask("POST /virus/update", {})

    assert (tested.status, updated.status) == (200, 200)
    assert tested.json["test"]["verdicts"] == [
        {"kind": "clamd", "verdict": "found", "words": "Eicar", "seconds": 0.25}
    ]
    assert scanners.asked == [BeginVirusTest(), BeginVirusUpdate()]
    noted = (await root.ask("GET /audit")).octets.decode()
    assert "BeginVirusTest" in noted
    assert "BeginVirusUpdate" in noted


async def test_a_refusal_says_why(web: Web, scanners: Scanners):
    root = await web.signed_in("root@a.test")
    scanners.denied = Denied("conflict", "virus_check", "none is on", "switch one on")

    told = await root.ask("POST /virus/test", {})

    assert told.status == 409
    assert told.json["hint"] == "switch one on"


async def test_another_computer_is_asked_by_its_name(web: Web, scanners: Scanners):
    root = await web.signed_in("root@a.test")

    told = await root.ask("GET /virus?node=elsewhere")

    assert told.status == 503
    assert scanners.asked == []
