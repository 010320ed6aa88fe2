"""External programs are run, and say what they found by removing files."""

from pathlib import Path

import pytest

from mailmax.net.children.directory import Given
from mailmax.net.children.runner import Programs
from mailmax.policy.programs import Ended, Failure, Program

FILES = [Given(b"hello", "a.exe"), Given([b"vi", b"rus"], "../../etc/x.PDF")]


@pytest.fixture
async def programs(tmp_path: Path):
    running = Programs(tmp_path / "working")
    await running.start()
    yield running
    await running.stop()


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


async def test_after_a_crash_a_removed_file_means_nothing(programs: Programs):
    line = Program(("/bin/sh", "-c", "rm *; kill -9 $$"))

    found = await programs.run(line, FILES)

    assert isinstance(found, Failure)
    assert (found.kind, found.reason) == ("crashed", "signal 9 ended it")


async def test_nothing_is_left_of_a_run(programs: Programs):
    await programs.run(Program(("/bin/touch", "x", "../scratch/y")), FILES)

    assert list(programs.working.iterdir()) == []
