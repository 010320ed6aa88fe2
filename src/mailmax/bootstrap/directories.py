"""The directories of a node, made and looked at before anything starts.

Theory:
    ``[directories]`` of mailmax.toml may name places that are not there yet, on disks
    of their own. Whoever starts the services makes them, for the user that the
    services become.

Rules:
    A directory that others may write in, or that the services could not use, is
    refused with the cure, never repaired in silence (TRUST L1). Certificates may
    belong to somebody else: they are only read.
    The ETRN directory may be away, as when its disk is: all else starts without it,
    and QueueMax says so. But none that others may write in is ever used.
"""

import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from mailmax.net import privileges
from mailmax.settings.field import BadSettings, BadValue
from mailmax.settings.local import MAY_BE_BLANK, DirectorySettings, LocalSettings, Paths

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def prepare(local: LocalSettings) -> None:
    """Make what is missing; check what is there; call it before any thread is started.

    Raises:
        BadSettings: Names the directory, the reason and the cure.
    """
    owner = _owner(local.run_as)
    _check_mode("node directory", local.paths.root)
    for name, path in directories_of(local.paths).items():
        if name == "etrn":
            _prepare_etrn(path, owner)
        else:
            _prepare(name, path, owner)


def troubles(local: LocalSettings) -> Iterator[BadValue]:
    """Yield what is wrong with them, and change nothing; as `prepare` would refuse it.

    Call it before any thread is started.
    """
    try:
        owner = _owner(local.run_as)
    except BadSettings as bad:
        yield bad.bad
        return
    for name, path in directories_of(local.paths).items():
        try:
            _check(name, path, owner)
        except BadSettings as bad:
            yield bad.bad
        except FileNotFoundError:
            cure = "make it, or restart the services, who make it"
            yield _bad(name, f"{path} is not there", cure).bad
        except OSError as error:
            yield _bad(name, f"{path}: {error.strerror}", "ask as root").bad


def give_lmtp_socket(local: LocalSettings) -> None:
    """Give LMTP's Unix socket to the user that the services become."""
    owner = _owner(local.run_as)
    if owner.pw_uid == os.geteuid():
        return
    path = local.paths.lmtp_socket
    os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)


def directories_of(paths: Paths) -> dict[str, Path]:
    """Return the directories by their names in mailmax.toml, each but once."""
    names = [field.name for field in msgspec.structs.fields(DirectorySettings)]
    found: dict[str, Path] = {name: getattr(paths, name) for name in names}
    for name in MAY_BE_BLANK:
        if found[name] == paths.logs:
            del found[name]
    return found


def _owner(run_as: str) -> pwd.struct_passwd:
    """Return whom the roles will be."""
    if os.geteuid() != 0 or not run_as:
        return privileges.own_entry()
    try:
        return pwd.getpwnam(run_as)
    except KeyError:
        raise BadSettings(
            BadValue(
                "run_as",
                f"there is no user {run_as!r} on this computer",
                f"make one: useradd --system --shell /usr/sbin/nologin {run_as}",
            )
        ) from None


def _prepare(name: str, path: Path, owner: pwd.struct_passwd) -> None:
    try:
        _make(path, owner)
    except OSError as error:
        reason = f"{path} cannot be made: {error.strerror}"
        raise _bad(name, reason, "make it, or name another") from error
    _check(name, path, owner)


def _prepare_etrn(path: Path, owner: pwd.struct_passwd) -> None:
    with suppress(OSError):
        _make(path, owner)
        _check_mode("etrn", path)


def _make(path: Path, owner: pwd.struct_passwd) -> None:
    missing: list[Path] = []
    while not path.exists():
        missing.append(path)
        path = path.parent
    for directory in reversed(missing):
        directory.mkdir(0o700)
        if os.geteuid() == 0:
            os.chown(directory, owner.pw_uid, owner.pw_gid, follow_symlinks=False)


def _check(name: str, path: Path, owner: pwd.struct_passwd) -> None:
    _check_mode(name, path)
    if name != "tls" and path.stat().st_uid != owner.pw_uid:
        raise _bad(
            name,
            f"{path} does not belong to {owner.pw_name}, as whom the services run",
            f"chown -R {owner.pw_name}: {path}",
        )
    _check_reach(name, path, owner)


def _check_mode(name: str, path: Path) -> None:
    status = path.stat()
    if not stat.S_ISDIR(status.st_mode):
        raise _bad(name, f"{path} is no directory", "name a directory")
    if status.st_mode & _OTHERS_WRITE:
        raise _bad(name, f"others may write in {path}", f"chmod go-w {path}")


def _check_reach(name: str, path: Path, owner: pwd.struct_passwd) -> None:
    closed = privileges.closed_to(owner, path)
    if closed is not None:
        raise _bad(
            name,
            f"{owner.pw_name}, as whom the services run, may not enter {closed}",
            f"chmod o+x {closed}, or use another directory",
        )


def _bad(name: str, reason: str, cure: str) -> BadSettings:
    is_ours = name in DirectorySettings.__struct_fields__
    return BadSettings(
        BadValue(f"directories.{name}" if is_ours else name, reason, cure)
    )
