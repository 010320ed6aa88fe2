"""The supervisor: forks the roles, restarts them, stops them in order.

Theory:
    A plain loop without asyncio or threads, so that forking is safe. The listening
    sockets are kept here (`net.keeper`), so a restarted role finds the clients who
    knocked meanwhile. A role that dies is started again at once; one that keeps dying
    is started later and later, up to half a minute.

    Somebody may want a role not to run (`may_run`, asked several times a second): it
    is ended, and started when that is over.

    A terminal that hangs up ends all, as Ctrl-C does. Without one SIGHUP is no reason
    for anything: settings act by themselves, there is nothing to read again.

Rules:
    Reads nothing from the network. One role's death stops no other. Stopping goes
    through `stop_order`: first who takes mail in, last the hub.

See Also:
    `net.privileges`: what each role gives up before its first octet.
"""

import contextlib
import gc
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mailmax.net.keeper import Keeper

_FIRST_DELAY_S = 0.1
_LONGEST_DELAY_S = 30.0
_STEADY_S = 2.0
"""A role that lived that long starts again without delay."""
_STOP_GRACE_S = 20.0

Run = Callable[[str], None]
"""Runs one role in its own process until it is asked to stop."""


@dataclass(slots=True)
class _Role:
    name: str
    pid: int = 0
    started: float = 0.0
    delay: float = _FIRST_DELAY_S
    due: float = 0.0
    ending: float = 0.0
    """Since when it is asked to end, because it may not run; 0: it is not."""


@dataclass
class Supervisor:
    """Keeps a set of roles running."""

    roles: Sequence[str]
    run: Run
    stop_order: Sequence[Sequence[str]]
    """Groups of roles, stopped together, one group after the other."""
    on_note: Callable[[str], None]
    """Says what happened, one line at a time."""
    keeper: Keeper | None = None
    """Keeps the listening sockets; `run` takes the role's line to it."""
    may_run: Callable[[str], bool] = lambda _: True
    """Tells whether a role is wanted; must be quick."""
    _all: dict[str, _Role] = field(default_factory=dict)
    _stopping: bool = False

    def supervise(self, on_tick: Callable[[], None] | None = None) -> None:
        """Run everything until SIGTERM or SIGINT; returns when all have ended.

        Args:
            on_tick: Called a few times a second, for who watches (the demo's box).
        """
        wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        knocks = select.poll()
        knocks.register(wake_read, select.POLLIN)
        if self.keeper is not None:
            knocks.register(self.keeper, select.POLLIN)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        signal.signal(
            signal.SIGHUP, self._ask_to_stop if has_terminal() else signal.SIG_IGN
        )
        signal.signal(signal.SIGCHLD, lambda *_: None)
        gc.collect()
        gc.freeze()  # what is imported now stays shared between the roles
        for name in self.roles:
            self._all[name] = _Role(name)
        while not self._stopping:
            self._reap()
            self._end_what_may_not_run()
            self._start_what_is_due()
            if on_tick is not None:
                on_tick()
            knocks.poll(self._sleep_s() * 1000)
            with contextlib.suppress(BlockingIOError):
                os.read(wake_read, 4096)
            if self.keeper is not None:
                self._lay_new_lines(self.keeper.attend())
        self._stop_all()

    def stop(self) -> None:
        """Ask for the end, as a signal would."""
        self._stopping = True

    def _ask_to_stop(self, *_: object) -> None:
        self._stopping = True

    def _sleep_s(self) -> float:
        now = time.monotonic()
        dead = [role for role in self._all.values() if role.pid == 0]
        waits = [role.due - now for role in dead if self.may_run(role.name)]
        return max(0.0, min([0.25, *waits]))

    def _start(self, role: _Role) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        if self.keeper is not None:
            self.keeper.before_fork(role.name)
        pid = os.fork()
        if pid == 0:
            self._become_role(role.name)
        if self.keeper is not None:
            self.keeper.in_parent()
        role.pid = pid
        role.started = time.monotonic()
        role.ending = 0.0

    def _become_role(self, name: str) -> None:
        """In the child: run the role and never return."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            # They reach the whole terminal group: only the supervisor decides.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            self.run(name)
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except BaseException:  # noqa: BLE001 - last words of a process
            traceback.print_exc()
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def _reap(self) -> None:
        by_pid = {role.pid: role for role in self._all.values() if role.pid}
        while by_pid:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if (role := by_pid.get(pid)) is not None:
                self._bury(role, status)

    def _bury(self, role: _Role, status: int) -> None:
        now = time.monotonic()
        steady = now - role.started >= _STEADY_S
        role.delay = _FIRST_DELAY_S if steady else min(role.delay * 2, _LONGEST_DELAY_S)
        role.pid = 0
        role.due = now + (0 if steady else role.delay)
        if self._stopping:
            return
        code = os.waitstatus_to_exitcode(status)
        if self.may_run(role.name):
            self.on_note(f"{role.name} ended with {code}; it is started again")
            return
        self.on_note(f"{role.name} ended with {code}; it was stopped")
        if self.keeper is not None:
            self.keeper.let_go(role.name)

    def _lay_new_lines(self, roles: Sequence[str]) -> None:
        """Let roles that lost their line end: who is started again has a new one."""
        cut = [self._all[name] for name in roles]
        _signal(cut, signal.SIGTERM)  # nothing to who is ending by itself

    def _end_what_may_not_run(self) -> None:
        now = time.monotonic()
        for role in self._all.values():
            if not role.pid or self.may_run(role.name):
                role.ending = 0.0
            elif not role.ending:
                role.ending = now
                _signal([role], signal.SIGTERM)
            elif now - role.ending >= _STOP_GRACE_S:
                _signal([role], signal.SIGKILL)

    def _start_what_is_due(self) -> None:
        now = time.monotonic()
        for role in self._all.values():
            is_due = role.pid == 0 and role.due <= now and not self._stopping
            if is_due and self.may_run(role.name):
                self._start(role)

    def _stop_all(self) -> None:
        for group in self.stop_order:
            members = [self._all[name] for name in group if name in self._all]
            _signal(members, signal.SIGTERM)
            deadline = time.monotonic() + _STOP_GRACE_S
            while any(r.pid for r in members) and time.monotonic() < deadline:
                self._reap()
                time.sleep(0.01)
            _signal(members, signal.SIGKILL)
            while any(r.pid for r in members):
                self._reap()
                time.sleep(0.01)


def has_terminal() -> bool:
    """Tell whether this process was started from a terminal that may hang up."""
    try:
        return os.isatty(sys.stdin.fileno())
    except (AttributeError, OSError, ValueError):  # there is no standard input
        return False


def _signal(roles: Sequence[_Role], number: signal.Signals) -> None:
    for role in roles:
        if role.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(role.pid, number)
