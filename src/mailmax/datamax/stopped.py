"""Which services of this computer are not to run: a file each, seen by the supervisor.

Theory:
    DataMax makes and removes the files, the supervisor looks whether they are there
    several times a second (`net.supervise`): it ends a service that has one, and starts
    none that has. So the supervisor reads nothing that comes from anywhere.

    nothing    the service runs
    STOPPED    it stays stopped, also when everything is started again
    RESTART    it is being started anew; a hub that finds it removes it

Manual: 2.2.
"""

from contextlib import suppress
from pathlib import Path
from typing import Final, get_args

from mailmax.hub.contract.summary import Role
from mailmax.store.atomic import (
    failures,
    make_directories,
    sync_directory,
    write_atomic,
)

_STOPPED: Final = b"stopped\n"
_RESTART: Final = b"restart\n"
_TEXT = "that could not be written"


class StoppedServices:
    """The files."""

    def __init__(self, directory: Path) -> None:
        """Say where they are.

        Args:
            directory: Need not be there.
        """
        self._directory = directory

    def all(self) -> tuple[Role, ...]:
        """Return the services that have one."""
        roles: tuple[Role, ...] = get_args(Role)
        return tuple(role for role in roles if self.has(role))

    def has(self, role: Role) -> bool:
        """Tell whether a service is not to run."""
        return (self._directory / role).exists()

    def stop(self, role: Role, *, for_a_moment: bool = False) -> None:
        """Let a service run no more; durable on return.

        Raises:
            Failure: It could not be written.
        """
        with failures(_TEXT):
            make_directories(self._directory)
            octets = _RESTART if for_a_moment else _STOPPED
            write_atomic(self._directory / role, octets)

    def start(self, role: Role) -> None:
        """Let a service run; durable on return.

        Raises:
            Failure: It could not be written.
        """
        with failures(_TEXT), suppress(FileNotFoundError):
            (self._directory / role).unlink()
            sync_directory(self._directory)

    def tidy(self) -> None:
        """Let those run that were only to be started anew.

        Raises:
            Failure: It could not be written.
        """
        for role in self.all():
            with suppress(OSError):
                if (self._directory / role).read_bytes() == _RESTART:
                    self.start(role)
