"""What every role of a node is given to build itself from."""

import ipaddress
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from mailmax.bootstrap.sockets import Sockets
from mailmax.hub.client import HubClient, Identity
from mailmax.hub.contract import LOGIN_TOPICS, Topic
from mailmax.hub.host_password import PasswordFile
from mailmax.net import privileges, tls
from mailmax.settings.field import BadSettings, BadValue
from mailmax.settings.local import LocalSettings


class Service(Protocol):
    """A built role."""

    async def start(self) -> None:
        """Serve from now on."""

    async def stop(self) -> None:
        """Finish in good order."""


@dataclass(frozen=True, slots=True)
class Node:
    """One node's settings and the sockets of one role."""

    local: LocalSettings
    sockets: Sockets

    def hub(self, role: str, topics: frozenset[Topic] = LOGIN_TOPICS) -> HubClient:
        """Return a client that joins as `role`."""
        password = PasswordFile(self.local.paths.host_password)
        identity = Identity(role, self.local.node or socket.gethostname())
        return HubClient(self.local.hub_address, password, identity, topics)

    def tls(self) -> ssl.SSLContext | None:
        """Return the TLS context; None when no certificate was installed.

        Raises:
            BadSettings: There is one, and it cannot be used.
        """
        paths = self.local.paths
        if not paths.certificate.exists():
            return None
        try:
            return tls.server_context(paths.certificate, paths.private_key)
        except PermissionError as error:
            who = privileges.own_entry().pw_name
            reason = f"{who} may not read {paths.certificate} and {paths.private_key}"
            cure = f"chown {who}: both"
            raise BadSettings(BadValue("certificate", reason, cure)) from error
        except OSError as error:  # ssl.SSLError is one
            reason = f"{paths.certificate} and {paths.private_key}: {error}"
            cure = "give a PEM chain and its unencrypted PEM key"
            raise BadSettings(BadValue("certificate", reason, cure)) from error

    def is_trusted(self, address: str) -> bool:
        """Tell whether clients of that address are trusted (loopback, if so set)."""
        if not self.local.trust_loopback:
            return False
        if not address:
            return True  # a Unix socket: who may open it is decided by its mode
        return _is_loopback(address)


@lru_cache(1024)
def _is_loopback(address: str) -> bool:
    """Tell whether that is this machine; asked for every client, hence the memory."""
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def hostname_of(hub: HubClient) -> Callable[[], str]:
    """Return a function that says what we call ourselves (setting, else the node)."""
    own = socket.getfqdn()

    def hostname() -> str:
        return hub.tables.setting("hostname") or own

    return hostname
