"""A disk that is full: refused early and politely, and no restart is needed.

TRUST D13, M5.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fix_spools import SMALL, Node, entry, envelope, eventually, name_of, read
from mailmax.base.errors import StorageFull
from mailmax.store.spool.port import Entry

pytestmark = pytest.mark.system


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB, or skip."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    root = tmp_path / "small"
    root.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1M", "tmpfs", str(root)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("tmpfs cannot be mounted here")
    yield root
    subprocess.run(["umount", "-l", str(root)], check=True)


@pytest.fixture
def node(small_disk: Path) -> Iterator[Node]:
    node = Node(small_disk, "journal")
    yield node
    node.close()


def test_a_full_disk_refuses_and_recovers(node: Node) -> None:
    writer, reader = node.writer(), node.reader()
    promised: list[str] = []

    def commit_for_ever() -> None:
        for i in range(1000):
            writer.commit([entry(str(i), b"x" * 9000)])
            promised.append(str(i))

    with pytest.raises(StorageFull):
        commit_for_ever()

    assert len(promised) > 50
    assert [name_of(r) for r in read(reader, len(promised))] == promised
    assert eventually(lambda: not writer.has_room(SMALL.full))
    reader.done(reader.position())
    assert eventually(lambda: writer.has_room(SMALL.full))
    writer.commit([entry("after", b"x" * 9000)])
    assert [name_of(r) for r in read(reader, 1)] == ["after"]


def test_a_streamed_body_that_does_not_fit_is_refused(node: Node) -> None:
    writer, reader = node.writer(), node.reader()
    big = writer.open_big()
    with pytest.raises(StorageFull):
        big.write(b"x" * 3_000_000)
    big.discard()
    small = writer.open_big()
    small.write(b"x" * 10_000)

    writer.commit([Entry(envelope("small"), big=small), entry("other", b"y")])

    assert [name_of(r) for r in read(reader, 2)] == ["small", "other"]
