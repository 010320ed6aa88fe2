"""Exit codes of what does not start: in use, not allowed, not understood (DESIGN 8)."""

import errno
import os
import pwd
import socket
from pathlib import Path

import pytest

from mailmax.base.errors import Failure
from mailmax.bootstrap.only_one import AlreadyRunningError
from mailmax.bootstrap.sockets import CannotListenError
from mailmax.cli.answers import Answers
from mailmax.cli.endings import exit_of
from mailmax.cli.exits import Exit
from mailmax.cli.founder import set_up
from mailmax.cli.service_user import acting_as, find
from mailmax.settings.local import load_local


def caused(error: OSError) -> CannotListenError:
    failure = CannotListenError("x")
    failure.__cause__ = error
    return failure


def _stranger() -> pwd.struct_passwd | None:
    """Return somebody who may not pass a closed door: root may."""
    return find("nobody") if os.geteuid() == 0 else None


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (AlreadyRunningError("x"), Exit.CONFLICT),
        (caused(OSError(errno.EADDRINUSE, "x")), Exit.CONFLICT),
        (caused(PermissionError(errno.EACCES, "x")), Exit.DENIED),
        (caused(OSError(errno.ENAMETOOLONG, "x")), Exit.CONFIG),
        (PermissionError(errno.EACCES, "x"), Exit.DENIED),
        (Failure("x"), Exit.CONFIG),
    ],
)
def test_what_is_in_use_may_be_free_later_and_what_is_forbidden_will_not(failure, code):
    assert exit_of(failure) is code


def test_a_port_that_another_program_has_is_a_conflict():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(OSError) as refused:  # noqa: PT011 - any of them
            socket.create_server(taken.getsockname())
        assert exit_of(refused.value) is Exit.CONFLICT


def test_settings_that_may_not_be_read_are_denied(tmp_path: Path):
    closed = tmp_path / "D"
    closed.mkdir()
    (closed / "mailmax.toml").touch()
    closed.chmod(0)

    with acting_as(_stranger()), pytest.raises(Failure) as refused:
        load_local(closed)

    assert exit_of(refused.value) is Exit.DENIED
    closed.chmod(0o700)


@pytest.mark.parametrize("below", ["", "new"])
def test_a_directory_that_may_not_be_made_is_denied(tmp_path: Path, below: str):
    closed = tmp_path / "D"
    closed.mkdir(mode=0)

    with acting_as(_stranger()), pytest.raises(Failure) as refused:
        set_up(closed / below, Answers("demo.test", run_as="root"))

    assert "Permission denied" in refused.value.text
    assert exit_of(refused.value, Exit.USAGE) is Exit.DENIED
    closed.chmod(0o700)
