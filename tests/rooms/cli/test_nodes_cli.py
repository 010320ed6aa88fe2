"""``mailmax config local`` and ``database`` (LOC-1, LOC-2, HUB-5)."""

import asyncio
import json
import shlex
import shutil
import subprocess

import pytest

from mailmax.settings.local import load_local


async def test_what_holds_on_this_computer_is_shown(running):
    local = load_local(running.root)
    file = running.root / "mailmax.toml"
    file.write_text(file.read_text() + '\n[programs]\nread = ["/opt/scanner"]\n')

    code, out, _ = await running.type("config", "local")
    _, told, _ = await running.type("config", "local", "--json")

    assert code == 0
    assert str(local.paths.mail) in out
    assert "next start: /opt/scanner" in out
    answer = json.loads(told)
    assert answer["values"]["dir"] == str(running.root)
    assert answer["coming"] == {"programs.read": ["/opt/scanner"]}
    assert answer["free_octets"]["directories.data"] > 0


async def test_an_unknown_computer_is_not_found(running):
    code, _, err = await running.type("config", "local", "--node", "nowhere")

    assert code == 3
    assert "no service runs on nowhere" in err


async def test_the_database_is_copied_by_the_command_that_is_shown(running, tmp_path):
    code, out, _ = await running.type("config", "database", "--json")

    assert code == 0
    answer = json.loads(out)
    assert answer["rows"]["domains"] == 1
    if shutil.which("sqlite3") is None:
        pytest.skip("sqlite3 is not installed")
    copy = tmp_path / "copy.db"
    command = answer["backup"].replace("/var/backups/mailmax.db", str(copy))
    await asyncio.to_thread(subprocess.run, shlex.split(command), check=True)
    assert copy.stat().st_size > 0
