"""Who the services are: a user of their own, when root sets MailMax up.

Theory:
    Root keeps mailmax.toml; everything the services write belongs to the user that
    they become. Where nobody was named that is ``mailmax``, made when it is missing.
    A node directory (or a program) in a place that only root may enter cannot be
    served by another user: then the services stay root without any capability, and
    the set-up says so.

Rules:
    A user who was named is never replaced by another. No user is made in vain.
"""

import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import mailmax
from mailmax.net import privileges
from mailmax.settings.field import BadSettings, BadValue

USUAL = "mailmax"
_STRANGER = "nobody"
_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_NO_SHELL = "/usr/sbin/nologin"


@dataclass(frozen=True, slots=True)
class ServiceUser:
    """Who the services become."""

    entry: pwd.struct_passwd | None = None
    """None: whoever starts them."""
    note: str = ""
    """What the administrator should know."""


def choose(named: str, places: list[Path]) -> ServiceUser:
    """Decide who the services become when root starts them.

    Args:
        named: By the administrator; empty when nobody was.
        places: Where they must be able to go, beside the program.

    Raises:
        BadSettings: Whoever was named cannot be used.
    """
    if os.geteuid() != 0 or named == "root":
        return ServiceUser()
    if named:
        bad = check(named, places)
        if bad is not None:
            raise BadSettings(bad)
        return ServiceUser(pwd.getpwnam(named))
    return _usual(places)


def for_a_while(root: Path) -> str:
    """Return who may serve a demo in `root`: somebody who is there already."""
    if os.geteuid() != 0:
        return ""
    able = (name for name in (USUAL, _STRANGER) if check(name, [root]) is None)
    return next(able, "root")


def check_name(name: str) -> BadValue | None:
    """Say what is wrong with the name of a user; None when nothing is."""
    if _NAME.fullmatch(name):
        return None
    return BadValue("run_as", f"{name!r} is no user name", "give one, as in mailmax")


def check(name: str, places: list[Path]) -> BadValue | None:
    """Say why a user cannot run the services; None when nothing speaks against it."""
    entry = find(name)
    if entry is None:
        return BadValue(
            "run_as",
            f"there is no user {name!r} on this computer",
            f"make one: useradd --system --shell {_NO_SHELL} {name}",
        )
    closed = _closed_to(entry, places)
    if closed is None:
        return None
    return BadValue(
        "run_as",
        f"{name} may not enter {closed}",
        f"chmod o+x {closed}, or put it all elsewhere (as below /srv and /opt)",
    )


def find(name: str) -> pwd.struct_passwd | None:
    """Return a user of this computer."""
    try:
        return pwd.getpwnam(name)
    except (KeyError, ValueError):
        return None


def make(name: str) -> bool:
    """Make a system user without a shell; tell whether that worked."""
    program = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        return False
    options = ("--system", "--user-group", "--no-create-home", "--shell", _NO_SHELL)
    done = subprocess.run(  # noqa: S603 - no shell; the name was checked or is ours
        [program, *options, "--", name], capture_output=True, check=False
    )
    return done.returncode == 0 and find(name) is not None


@contextmanager
def acting_as(entry: pwd.struct_passwd | None) -> Iterator[None]:
    """Be another user for a while: files and databases see that one."""
    if entry is None or entry.pw_uid == os.geteuid():
        yield
        return
    groups, gid, uid = os.getgroups(), os.getegid(), os.geteuid()
    os.setgroups([])
    os.setegid(entry.pw_gid)
    os.seteuid(entry.pw_uid)
    try:
        yield
    finally:
        os.seteuid(uid)
        os.setegid(gid)
        os.setgroups(groups)


def _usual(places: list[Path]) -> ServiceUser:
    entry = find(USUAL)
    stranger = entry or find(_STRANGER)
    closed = _closed_to(stranger, places) if stranger else None
    if closed is not None:
        return ServiceUser(
            None,
            f"the services stay root, without any capability, because other users may "
            f"not enter {closed}; for a user of their own, put MailMax elsewhere",
        )
    note = ""
    if entry is None:
        if not make(USUAL):
            return ServiceUser(
                None,
                "the services stay root, without any capability: the user "
                f"{USUAL} could not be made; give run_as a user that there is",
            )
        note = f"the system user {USUAL} was made for the services"
    return ServiceUser(pwd.getpwnam(USUAL), note)


def _closed_to(entry: pwd.struct_passwd, places: list[Path]) -> Path | None:
    own = Path(mailmax.__file__).parent
    program = [Path(path) for path in sys.path if path and Path(path).is_dir()]
    return privileges.closed_to(entry, *map(_existing, places), own, *program)


def _existing(place: Path) -> Path:
    """Return the nearest directory above a place that is there already."""
    return next(parent for parent in place.absolute().parents if parent.exists())
