"""What a hub is made of, as the local settings name it."""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mailmax.datamax import apop
from mailmax.datamax.doors import UnixDoor
from mailmax.datamax.stopped import StoppedServices
from mailmax.datamax.tls_door import TlsDoor
from mailmax.hub.contract.checks import FindingView
from mailmax.hub.host_password import PasswordFile
from mailmax.settings.local import LocalSettings
from mailmax.store.accounts.database import Database


@dataclass(frozen=True, slots=True)
class HubPlan:
    """What the hub is made of."""

    database: Database
    password: PasswordFile
    apop_key: bytes
    unix: UnixDoor
    activity: Path
    """Where the activity of the services is kept."""
    queue: Path
    """The queue directory of this computer, to be shown."""
    local: LocalSettings
    """Of this computer, to be shown."""
    tls: TlsDoor | None = None
    base_port: int = 0
    node: str = ""
    """Name of this computer."""
    trusts_loopback: bool = False
    """As mailmax.toml says, for the checks."""
    stopped: StoppedServices | None = None
    """What is not to run here; None: no supervisor looks."""
    judge: Callable[[str], Sequence[FindingView]] = lambda _: ()
    """Says what is wrong with this computer, which greets with that name; blocks."""


def plan_hub(local: LocalSettings, *, is_supervised: bool = False) -> HubPlan:
    """Open what the local settings name; blocks.

    Args:
        local: The local settings.
        is_supervised: A supervisor runs the roles of this computer.

    Raises:
        PermanentFailure: Database, password or certificate cannot be used.
        TemporaryFailure: The database does not answer.
    """
    password = PasswordFile(local.paths.host_password)
    password.load()
    tls = None
    if local.hub_listen:
        paths = local.paths
        tls = TlsDoor(local.hub_listen, paths.certificate, paths.private_key)
    return HubPlan(
        Database(local.database_url, must_exist=True),
        password,
        apop.load_key(local.paths.secrets),
        UnixDoor(_socket_of(local)),
        local.paths.data / "activity",
        local.paths.queue,
        local,
        tls,
        base_port=local.base_port,
        node=local.node or socket.gethostname(),
        trusts_loopback=local.trust_loopback,
        stopped=StoppedServices(local.paths.stopped) if is_supervised else None,
    )


def _socket_of(local: LocalSettings) -> Path:
    kind, _, rest = local.hub_address.partition(":")
    return Path(rest) if kind == "unix" else local.paths.run / "datamax.sock"
