"""The page of virus checks: the real clamd, a program, an update, all from there."""

import json
import re
import shutil
import tempfile
from pathlib import Path

import pytest

from fix_clamd import NAME
from fix_suite import run_mailmax

pytestmark = pytest.mark.manual("4.10")

PROGRAM = (
    '#!/bin/sh\nuntil [ -e {place}/go ]; do sleep 0.05; done\necho x >> "$1/ran"\n'
)
REMOVES_EVIL = '/bin/sh -c "echo looked at it; grep -rl evil %d | xargs -r rm"'
FINDS_NOTHING = '/bin/sh -c "exit 0" %d'


def told(shown, *words):
    done = run_mailmax(*words, "--dir", str(shown.directory))
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def scanned(shown, clamd):
    """Let the suite check mail with clamd; as before behind the test."""
    told(shown, "config", "set", "clamd_address", clamd.address)
    told(shown, "config", "set", "virus_check", "on")
    yield shown
    for key in ("virus_check", "clamd_address", "external_check", "external_command"):
        told(shown, "config", "set", key, "")


@pytest.fixture
def place(shown):
    """Give a directory; what stands there is the program that updates definitions."""
    found = Path(tempfile.mkdtemp(prefix="mailmax-virus-page-", dir="/tmp"))
    found.chmod(0o755)
    program = found / "update.sh"
    program.write_text(PROGRAM.format(place=found))
    file = shown.directory / "mailmax.toml"
    before = file.read_text()
    file.write_text(
        f'{before}\n[virus_updates]\ncommand = ["/bin/sh", "{program}", "%d"]\n'
    )
    begin_anew(shown)
    yield found
    file.write_text(before)
    begin_anew(shown)
    shutil.rmtree(found)


def begin_anew(shown):
    """Have mailmax.toml read."""
    shown.stop()
    shown.start()


def test_the_scanners_are_tested_and_their_definitions_updated(place, scanned, admin):
    """VIR-1, VIR-2, LOC-3."""
    page = admin.page
    told(scanned, "config", "set", "external_command", FINDS_NOTHING)
    admin.go("/filtering/virus")
    clamd = page.locator('[data-scanner="clamd"]')
    clamd.get_by_text("Answers", exact=True).wait_for()
    clamd.get_by_text(re.compile(r"ClamAV \d")).wait_for()
    clamd.get_by_text("It does not say how old its signatures are.").wait_for()
    assert admin.violations() == []

    page.get_by_role("button", name="Test with EICAR").click()
    verdict = page.locator('[data-verdict="clamd"]')
    verdict.get_by_text("finds it").wait_for()
    verdict.get_by_text(NAME).wait_for()
    assert page.locator('[data-verdict="external"]').count() == 0
    page.get_by_role("switch", name="Enable external virus check").click()
    page.get_by_role("button", name="Save").click()
    page.locator('[data-scanner="external"]').get_by_text("Ready").wait_for()
    page.get_by_role("button", name="Test with EICAR").click()
    page.locator('[data-verdict="external"]').get_by_text("finds nothing").wait_for()
    verdict.get_by_text("finds it").wait_for()

    updates = page.locator("#updates")
    updates.get_by_text("None since SMTPMax was started").wait_for()
    updates.get_by_role("button", name="Update now").click()
    updates.get_by_text("Running", exact=True).wait_for()
    (place / "go").touch()
    updates.get_by_text("Done", exact=True).wait_for()
    assert admin.violations() == []
    state = json.loads(told(scanned, "virus", "status", "--json"))
    assert state["update"]["trouble"] == ""
    assert state["update"]["ended_at"] > 0
    assert (Path(state["update"]["directory"]) / "ran").read_text() == "x\n"


def test_a_program_is_tried_on_files(admin):
    page = admin.page
    admin.go("/filtering/virus")
    card = page.locator("#program-try")
    line = card.get_by_label("Command line")
    line.fill(REMOVES_EVIL)
    card.get_by_label("Files", exact=True).set_input_files(
        [
            {"name": "good.txt", "mimeType": "text/plain", "buffer": b"nice"},
            {"name": "bad.txt", "mimeType": "text/plain", "buffer": b"evil"},
        ]
    )
    card.get_by_role("button", name="Run it").click()
    card.get_by_text("Removed bad.txt").wait_for()
    card.get_by_text("looked at it", exact=True).wait_for()
    assert admin.violations() == []


def test_it_is_for_everybody_in_both_themes(admin):
    page = admin.page
    for theme in ("Light", "Dark"):
        page.get_by_role("button", name="Theme").click()
        page.get_by_role("menuitem", name=theme).click()
        admin.go("/filtering/virus")
        page.wait_for_load_state("networkidle")
        page.get_by_text(
            "No scanner is on: mail is not checked for viruses."
        ).wait_for()
        assert (theme, admin.violations()) == (theme, [])
