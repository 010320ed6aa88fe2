"""What all homes of a node share in one process.

Theory:
    A power cut may take lazy records away after their numbers were seen. Each process
    that opens the store leaves a mark with the identity of this start of the machine,
    and takes it away when it stops in order. A mark of an earlier start that is still
    there means: power was lost. Such cuts are counted; each mailbox knows up to which
    count its ceiling is right (`head.Head.raised`).

    ``.cuts``          how many power cuts there were; locked while it is looked at
    ``.open.<role>``   this role has the store open, and since which start
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from mailmax.base.errors import TemporaryFailure
from mailmax.store import disk
from mailmax.store.atomic import Lock, make_directories, sync_directory, write_atomic
from mailmax.store.mailboxes.segments.files import Files
from mailmax.store.mailboxes.segments.watching import Watching

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot_identity() -> bytes:
    """Return sixteen octets that are new at each start of the machine.

    Where the system does not say, each start of a process counts as one: slower,
    never wrong.
    """
    try:
        return bytes.fromhex(_BOOT_ID.read_text().strip().replace("-", ""))
    except (OSError, ValueError):
        return os.urandom(16)


class Renderer(NamedTuple):
    """What makes fragments (DESIGN 4)."""

    version: bytes
    """The first octet of what it makes; others are made anew."""
    render: Callable[[bytes], bytes]


class Node:
    """Open files, the identity of this start, and the count of power cuts."""

    def __init__(
        self,
        root: Path,
        role: str,
        boot: bytes,
        descriptors: int,
        renderer: Renderer,
        *,
        at_once: bool,
    ) -> None:
        self.renderer = renderer
        self.root = str(root)
        self.boot = boot
        self.files = Files(descriptors)
        self.watching = Watching()
        self.at_once = at_once
        """Files are synced side by side (`together`); else in order."""
        self._mark = root / f".open.{role}"
        self.was_unclean = False
        self.cuts = 0

    def open(self) -> None:
        """Look at the marks of former starts and leave our own.

        Raises:
            TemporaryFailure: The mail root cannot be used.
        """
        root = Path(self.root)
        make_directories(root)
        lock = None
        for _ in range(1000):
            lock = Lock.take(root / ".lock")
            if lock is not None:
                break
            time.sleep(0.005)
        if lock is None:
            raise TemporaryFailure("the mail store is being opened by another")
        try:
            self._count_cuts(root)
            self.was_unclean = self._mark.exists()
            write_atomic(self._mark, self.boot)
        finally:
            lock.release()

    def _count_cuts(self, root: Path) -> None:
        counter = root / ".cuts"
        with suppress(OSError, ValueError):
            self.cuts = int(counter.read_bytes()[:10])
        old = [mark for mark in root.glob(".open.*") if mark.read_bytes() != self.boot]
        if old:
            self.cuts += 1
            write_atomic(counter, b"%d\n" % self.cuts)
            for mark in old:
                if mark != self._mark:
                    disk.unlink(mark)

    def close(self) -> None:
        """Stop in order: nothing that was seen can be lost any more."""
        self.watching.close()
        self.files.close()
        with suppress(OSError):
            disk.unlink(self._mark)
            sync_directory(self._mark.parent)
