"""External programs are run, and say what they found by removing files."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from mailmax.net.children import directory, guarding
from mailmax.net.children.directory import Given
from mailmax.net.children.job import Limits, Means
from mailmax.net.children.runner import Programs
from mailmax.policy.programs import Ended, NoAnswer, Outcome, Program
from waiting import until, wait_for

FILES = [Given(b"hello", "a.exe"), Given([b"vi", b"rus"], "../../etc/x.PDF")]
SLEEPER = Program(("/bin/sh", "-c", "echo $$; touch ../scratch/on; sleep 600"))


@pytest.fixture
async def programs(tmp_path: Path):
    running = Programs(tmp_path / "working")
    await running.start()
    yield running
    await running.stop()
    assert left_in(running) == []


def left_in(programs: Programs) -> list[Path]:
    return list(programs.working.glob("*"))


def shell(text: str) -> Program:
    return Program(("/bin/sh", "-c", text.replace("%", "%%")))


def failure(found: Outcome) -> NoAnswer:
    assert isinstance(found, NoAnswer), found
    return found


async def has_started(programs: Programs, number: int = 1) -> None:
    await until(lambda: len(list(programs.working.glob("*/scratch/on"))) >= number)


@pytest.mark.manual("4.10")
async def test_a_removed_file_is_told(programs: Programs):
    found = await programs.run(Program(("/bin/rm", "%d/000002.pdf")), FILES)

    assert isinstance(found, Ended)
    assert (found.status, found.gone) == (0, (1,))


async def test_nothing_removed_is_told(programs: Programs):
    found = await programs.run(Program(("/bin/cat", "%d/000002.pdf")), FILES)

    assert isinstance(found, Ended)
    assert (found.status, found.gone, found.output) == (0, (), b"virus")


@pytest.mark.manual("8.1.8")
async def test_the_whole_message_is_one_file(programs: Programs):
    found = await programs.run(Program(("/bin/rm", "%M")), [Given(b"From: a")])

    assert isinstance(found, Ended)
    assert found.gone == (0,)


async def test_it_finds_the_names_of_the_sender(programs: Programs):
    found = await programs.run(shell('cat "$MAILMAX_NAMES"; pwd; ls'), FILES)

    assert isinstance(found, Ended)
    names, _, rest = found.output.decode().partition("}")
    assert names == '{"000001.exe": "a.exe", "000002.pdf": "../../etc/x.PDF"'
    assert rest.endswith("/files\n000001.exe\n000002.pdf\n")


async def test_a_renamed_file_is_one_that_was_removed(programs: Programs):
    found = await programs.run(shell("mv 000001.exe 000001.exe.infected"), FILES)

    assert isinstance(found, Ended)
    assert found.gone == (0,)


async def test_a_file_that_is_written_anew_is_there(programs: Programs):
    found = await programs.run(shell("cp 000001.exe x; mv x 000001.exe"), FILES)

    assert isinstance(found, Ended)
    assert found.gone == ()


async def test_after_a_crash_a_removed_file_means_nothing(programs: Programs):
    found = failure(await programs.run(shell("rm *; kill -9 $$"), FILES))

    assert (found.kind, found.reason) == ("crashed", "signal 9 ended it")


def test_a_program_ends_with_a_service_that_is_killed(tmp_path: Path):
    working = tmp_path / "working"
    text = f"""
import asyncio, pathlib
from mailmax.net.children.runner import Programs
from mailmax.policy.programs import Program
programs = Programs(pathlib.Path({str(working)!r}))
asyncio.run(programs.run(Program({SLEEPER.words!r}), []))
"""
    service = subprocess.Popen([sys.executable, "-c", text])
    try:
        wait_for(lambda: list(working.glob("*/scratch/on")))
        mark = str(next(working.iterdir())).encode()
        assert processes_in(mark)
    finally:
        service.kill()
        service.wait()

    wait_for(lambda: not processes_in(mark))
    asyncio.run(Programs(working).start())
    assert list(working.iterdir()) == []


def processes_in(mark: bytes) -> list[str]:
    """Return the processes that have a directory in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes():
                found.append(process.name)
        except OSError:
            continue
    return found


@pytest.mark.parametrize(
    ("mode", "text", "why"),
    [
        (0o755, None, "No such file"),
        (0o644, "#!/bin/sh\n", "nobody may execute it"),
        (0o757, "#!/bin/sh\n", "others may write"),
        (0o755, "no program", "Exec format error"),
        (0o755, "#!/not/there\n", "No such file"),
    ],
)
async def test_what_cannot_be_started_is_told(
    programs: Programs, tmp_path: Path, mode: int, text: str | None, why: str
):
    path = tmp_path / "program"
    if text is not None:
        path.write_text(text)
        path.chmod(mode)

    found = failure(await programs.run(Program((str(path),)), FILES))

    assert found.kind == "not_startable"
    assert why in found.reason


async def test_a_full_disk_is_no_verdict(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(directory, "_write", full)

    found = failure(await programs.run(Program(("/bin/true",)), FILES))

    assert found.kind == "not_startable"
    assert "No space" in found.reason


async def test_a_directory_that_never_answers_holds_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Neither who waits, nor more threads than one, nor what is left on it."""
    monkeypatch.setattr("mailmax.net.hand.PATIENCE_S", 1.0)
    is_back, write = threading.Event(), directory._write
    monkeypatch.setattr(
        directory, "_write", lambda *given: is_back.wait() and write(*given)
    )
    programs = Programs(tmp_path / "working")
    before = threading.active_count()
    try:
        running = [programs.run(Program(("/bin/true",)), FILES) for _ in range(9)]
        found = [failure(one) for one in await asyncio.gather(*running)]
        held = threading.active_count() - before
    finally:
        is_back.set()

    words = ("not_startable", "the working directory does not answer")
    assert {(one.kind, one.reason) for one in found} == {words}
    assert held < 9
    await until(lambda: not programs._hand.trouble)
    assert list(programs.working.iterdir()) == []
    assert isinstance(await programs.run(Program(("/bin/true",)), FILES), Ended)
    await programs.stop()


async def test_what_cannot_be_removed_goes_when_the_directory_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("mailmax.net.hand.PATIENCE_S", 1.0)
    is_back, remove = threading.Event(), directory.remove
    monkeypatch.setattr(directory, "remove", lambda one: is_back.wait() and remove(one))
    programs = Programs(tmp_path / "working")
    try:
        found = await programs.run(Program(("/bin/rm", "%d/000001.exe")), FILES)
        assert isinstance(found, Ended)
        assert found.gone == (0,)
        assert len(list(programs.working.iterdir())) == 1
    finally:
        is_back.set()

    await until(lambda: not programs._hand.trouble)
    assert isinstance(await programs.run(Program(("/bin/true",)), FILES), Ended)
    assert list(programs.working.iterdir()) == []
    await programs.stop()


async def test_who_stops_waiting_ends_the_program(programs: Programs):
    running = asyncio.create_task(programs.run(SLEEPER, FILES))
    await has_started(programs)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert list(programs.working.iterdir()) == []


async def test_who_stops_ends_all(programs: Programs):
    running = [asyncio.create_task(programs.run(SLEEPER, FILES)) for _ in range(6)]
    await has_started(programs, programs.at_once)

    await programs.stop()
    ended = [failure(found) for found in await asyncio.gather(*running)]

    reasons = [found.reason for found in ended]
    assert reasons.count("the services are stopping") == 2
    assert {found.kind for found in ended} == {"broken", "not_startable"}


async def test_few_run_at_once(programs: Programs):
    program = shell("sleep 0.2")
    running = [asyncio.create_task(programs.run(program, FILES)) for _ in range(9)]
    most = 0
    while not all(task.done() for task in running):
        most = max(most, len(list(programs.working.glob("*"))))
        await asyncio.sleep(0.005)

    assert most == programs.at_once


async def test_a_guard_that_died_is_followed_by_another(programs: Programs):
    await programs.means()
    assert programs._guard is not None
    dead = programs._guard
    os.kill(dead._process.pid, signal.SIGKILL)
    await until(lambda: not dead.is_there)

    found = await programs.run(Program(("/bin/true",)), FILES)

    assert isinstance(found, Ended)


async def test_a_program_outlives_its_guard_and_is_still_judged(programs: Programs):
    program = shell("touch ../scratch/on; while test -e 000001.exe; do :; done")
    running = asyncio.create_task(programs.run(program, FILES))
    await has_started(programs)
    assert programs._guard is not None
    os.kill(programs._guard._process.pid, signal.SIGKILL)

    (given,) = programs.working.glob("*/files/000001.exe")
    given.unlink()

    found = await running
    assert isinstance(found, Ended)
    assert found.gone == (0,)


async def test_a_dead_warden_is_no_verdict(programs: Programs):
    running = asyncio.create_task(programs.run(SLEEPER, FILES))
    await has_started(programs)
    assert programs._guard is not None
    guard = programs._guard._process.pid
    (warden,) = children_of(guard)

    os.kill(warden, signal.SIGKILL)

    assert failure(await running).reason == "its warden has ended"


def children_of(process: int) -> list[int]:
    text = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(word) for word in text.split()]


async def test_what_a_crash_left_is_removed_at_the_start(tmp_path: Path):
    left = tmp_path / "working" / "0123" / "files"
    left.mkdir(parents=True)
    (left / "000001.bin").write_text("of a message")
    (tmp_path / "working" / "link").symlink_to(tmp_path)
    kept = tmp_path / "kept"
    kept.write_text("")

    await Programs(tmp_path / "working").start()

    assert list((tmp_path / "working").iterdir()) == []
    assert kept.exists()


async def test_limits_of_one_run_are_its_own(programs: Programs):
    limits = replace(programs.limits, wall_s=0.3)

    assert failure(await programs.run(SLEEPER, FILES, limits)).kind == "hung"


def test_who_may_take_longer_may_compute_longer():
    """Else one that computes all the time would be ended before its time is over."""
    usual = Limits()

    assert (usual.lasting(300).wall_s, usual.lasting(300).cpu_s) == (300, 300)
    assert (usual.lasting(0.5).wall_s, usual.lasting(0.5).cpu_s) == (0.5, usual.cpu_s)
    assert usual.lasting(300).memory_octets == usual.memory_octets


def test_what_is_missing_is_told():
    assert guarding.words_of(Means(True, True, 7, True)) == (
        "contained by namespaces, read-only mounts, Landlock, a filter of system calls"
    )
    assert guarding.words_of(Means(False, False, 7, False)) == (
        "contained by Landlock; "
        "missing: namespaces, read-only mounts, a filter of system calls"
    )
    assert guarding.words_of(Means()).startswith("contained by limits only; missing")
