"""The warden: stays with one program from its start until nothing of it is left.

Theory:
    Where there are namespaces, the warden's only child is the first process of a
    process namespace; that one starts the program, gathers what it leaves behind, and
    tells how it ended. When it dies, the kernel kills everything in the namespace.
    Where there are none, the warden starts the program itself, as the leader of a
    process group that nobody can leave (`seccomp`), and adopts its orphans.

    Four things can end it: the program ends, its time is over, it uses too much, the
    role hangs up.

Rules:
    Ends as soon as the program does: what it left running is killed, what it left
    unsaid is not waited for. Whatever happens, nothing stays behind.

Limits:
    Looks at memory and processes 20 times a second, at the disk 5 times.
"""

import os
import select
import signal
import socket
import struct
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from mailmax.net.children import cage, system, usage
from mailmax.net.children.job import Job, Kind, Means, Report

LOOK_S = 0.05
_READ_OCTETS = 65_536
_ENDED = struct.Struct("=i")
_BURY_S = 10.0
_AGAIN_S = 0.002
_OOM_SCORE = Path("/proc/self/oom_score_adj")

_EXCEEDED: Mapping[int, str] = {
    signal.SIGXCPU: "it used too much of the processor",
    signal.SIGXFSZ: "it wrote too large a file",
}


def run(job: Job, line: socket.socket, means: Means) -> None:
    """Run a program, report on the line, end; never returns."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        report = _Warden(job, line, means).report()
        if report is not None:
            line.send(report.packed())
        code = 0
    except OSError as error:
        with suppress(OSError):
            line.send(Report("not_startable", reason=str(error)).packed())
    except BaseException as error:  # noqa: BLE001 - a child's last words
        with suppress(OSError):
            line.send(Report("broken", reason=repr(error)[:500]).packed())
    finally:
        os._exit(code)


@dataclass
class _Warden:
    job: Job
    line: socket.socket
    means: Means
    _output: bytearray = field(default_factory=bytearray)
    _began: float = 0.0
    _child: int = 0

    def report(self) -> Report | None:
        """Return how it went; None when nobody asks any more."""
        self._enclose()
        self._began = time.monotonic()
        output, output_end = os.pipe2(os.O_CLOEXEC)
        failing, failing_end = os.pipe2(os.O_CLOEXEC)
        ended, ended_end = os.pipe2(os.O_CLOEXEC)
        self._child = os.fork()
        if self._child == 0:
            self.line.close()
            if self.means.namespaces:
                _be_first(self.job, self.means, output_end, failing_end, ended_end)
            cage.become(self.job, self.means, output_end, failing_end)
        for end in (output_end, failing_end, ended_end):
            os.close(end)
        os.set_blocking(output, False)
        os.set_blocking(ended, False)
        try:
            stopped = self._watch(output)
        finally:
            status = self._bury()
        self._read(output)
        if stopped is _HUNG_UP:
            return None
        if self.means.namespaces:
            with suppress(BlockingIOError):
                told = os.read(ended, _ENDED.size)
                status = _ENDED.unpack(told)[0] if told else status
        return self._judge(stopped, status, os.read(failing, 500))

    def _enclose(self) -> None:
        with suppress(OSError):
            os.setsid()
        with suppress(OSError):  # where memory is short, this goes before services
            _OOM_SCORE.write_text("1000")
        if not self.means.namespaces:
            system.prctl(system.PR_SET_CHILD_SUBREAPER, 1)
            return
        cage.enter_namespaces()
        if self.means.mounts:
            cage.make_read_only(self.job.directory)

    def _watch(self, output: int) -> "_Stop | None":
        """Wait for the end of the child (None), or a reason to end it."""
        looking = usage.Watch(self.job, os.getpid())
        child = os.pidfd_open(self._child)
        knocks = select.poll()
        for each in (output, child, self.line.fileno()):
            knocks.register(each, select.POLLIN)
        until = self._began + self.job.limits.wall_s
        try:
            while True:
                now = time.monotonic()
                if now >= until:
                    limit = f"{self.job.limits.wall_s:g} s"
                    return _Stop("hung", f"it did not end within {limit}")
                if too_much := looking.too_much(now):
                    return _Stop("over_limits", too_much)
                ready = {fd for fd, _ in knocks.poll(min(LOOK_S, until - now) * 1000)}
                if self.line.fileno() in ready:
                    return _HUNG_UP
                if child in ready:
                    return None
                if output in ready and not self._read(output):
                    knocks.unregister(output)
        finally:
            os.close(child)

    def _read(self, output: int) -> bool:
        """Take what there is to read, keep the head; tell whether there may be more."""
        with suppress(BlockingIOError):
            octets = os.read(output, _READ_OCTETS)
            room = self.job.limits.output_octets - len(self._output)
            self._output += octets[: max(0, room)]
            return bool(octets)
        return True

    def _bury(self) -> int:
        """Kill the child and all that came from it; return the child's status."""
        self._kill()
        _, status = os.waitpid(self._child, 0)
        if self.means.namespaces:
            return status  # the kernel has killed all the others
        until = time.monotonic() + _BURY_S
        while time.monotonic() < until:
            for orphan in usage.descendants(os.getpid()):
                with suppress(ProcessLookupError):
                    os.kill(orphan, signal.SIGKILL)
            try:
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            except ChildProcessError:
                break
            time.sleep(_AGAIN_S)
        return status

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._child, signal.SIGKILL)
        if not self.means.namespaces:
            with suppress(ProcessLookupError):  # none before its setsid
                os.killpg(self._child, signal.SIGKILL)

    def _judge(self, stopped: "_Stop | None", status: int, failed: bytes) -> Report:
        seconds = time.monotonic() - self._began
        output = self._output.decode("latin-1")
        if stopped is not None:
            return Report(stopped.kind, 0, stopped.reason, seconds, output)
        if failed:
            return Report("not_startable", 0, failed.decode("utf-8", "replace"))
        code = os.waitstatus_to_exitcode(status)
        if code >= 0:
            return Report("exited", code, "", seconds, output)
        if too_much := _EXCEEDED.get(-code):
            return Report("over_limits", 0, too_much, seconds, output)
        return Report("crashed", 0, f"signal {-code} ended it", seconds, output)


class _Stop(NamedTuple):
    """Why a program is ended."""

    kind: Kind
    reason: str


_HUNG_UP = _Stop("broken", "nobody asks any more")


def _be_first(job: Job, means: Means, output: int, failing: int, ended: int) -> None:
    """Be the first process of the namespace; never returns."""
    code = 1
    try:
        system.prctl(system.PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # not for who comes from inside
        program = os.fork()
        if program == 0:
            cage.become(job, means, output, failing)
        os.close(output)
        os.close(failing)
        system.give_up_capabilities()
        while True:
            found, status = os.wait()
            if found == program:
                os.write(ended, _ENDED.pack(status))
                code = 0
                break
    finally:
        os._exit(code)
