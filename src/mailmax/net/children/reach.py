"""What a program may read and execute.

Theory:
    The system's directories, the program itself, and what lies beside it. Landlock
    allows, and cannot take anything back of what it has allowed. So where something
    that must stay hidden (the mail, the secrets) lies below an allowed directory, all
    around it is allowed in its place.

Limits:
    What is made later beside the hidden is not seen by who runs already.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from mailmax.policy.programs import Program

SYSTEM_DIRECTORIES = (
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt",
    "/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
    "/etc/localtime", "/etc/mime.types", "/etc/magic", "/etc/nsswitch.conf",
    "/etc/passwd", "/etc/group", "/etc/ssl/certs", "/etc/ssl/openssl.cnf",
    "/etc/clamav", "/var/lib/clamav",
)  # fmt: skip


def readable(
    program: Program, hidden: Iterable[Path], more: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the files and directories that a program may read and execute.

    Args:
        program: It may read itself, and its directory unless that is hidden.
        hidden: What it may not, wherever it lies.
        more: What it may beside the system's directories.
    """
    real = Path(program.executable).resolve()
    closed = [path.resolve() for path in hidden]
    found = [str(real)]
    for path in map(Path, (*SYSTEM_DIRECTORIES, *more, str(real.parent))):
        found += _around(path.resolve(), closed)
    return tuple(dict.fromkeys(found))


def _around(path: Path, hidden: Sequence[Path]) -> Iterator[str]:
    """Yield a directory, or what is in it beside the hidden."""
    if any(path.is_relative_to(one) for one in hidden):
        return
    if not any(one.is_relative_to(path) for one in hidden):
        yield str(path)
        return
    with suppress(OSError):
        for each in sorted(path.iterdir()):
            if not each.is_symlink():
                yield from _around(each, hidden)
