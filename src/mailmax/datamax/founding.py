"""The first domain, settings and users, written without a hub: the set-up.

Theory:
    The same units of work that the running hub uses, in one transaction: either all
    of it is there, or nothing.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from mailmax.base.errors import PermanentFailure
from mailmax.datamax import (
    administrators,
    bindings,
    credentials,
    domains,
    settings,
    users,
)
from mailmax.datamax.apop import ApopSecrets, load_key
from mailmax.datamax.effect import Effect, denied
from mailmax.datamax.ports import BasePorts
from mailmax.datamax.sealing import SMART_HOST, Seal
from mailmax.hub.contract.administrators import SetAdministration
from mailmax.hub.contract.bindings import AddBinding
from mailmax.hub.contract.domains import AddDomain
from mailmax.hub.contract.message import Denied, Secret
from mailmax.hub.contract.settings import SetSetting
from mailmax.hub.contract.users import AddUser
from mailmax.settings.field import BadValue
from mailmax.store.accounts.database import Database


@dataclass(frozen=True, slots=True)
class Founding:
    """What a new system begins with."""

    domain: str
    settings: Mapping[str, str]
    users: Sequence[tuple[str, Secret]]
    """Address and password (clear or a hash)."""
    address: str
    """Where every service listens, on its default port."""
    administrators: Sequence[str] = ()
    """Those of the users who administer the system."""


class FoundingRefused(PermanentFailure):
    """Something in it cannot be; nothing was written."""

    def __init__(self, why: Denied) -> None:
        """Keep the parts."""
        super().__init__(str(why))
        self.why = why


def found(database_url: str, secrets: Path, founding: Founding) -> None:
    """Make or open the database and write everything; blocks.

    Args:
        database_url: Where.
        secrets: The node's directory of keys.
        founding: What.

    Raises:
        FoundingRefused: Something in it cannot be.
        DatabaseRefused: The database cannot be used.
        TemporaryFailure: It does not answer.
    """
    ready = [_ready(address, password) for address, password in founding.users]
    database = Database(database_url)
    try:
        database.run(_write, founding, ready, load_key(secrets))
    finally:
        database.close()


def _ready(address: str, password: Secret) -> users.NewUser:
    kept = credentials.of_field(password.value)
    if isinstance(kept, BadValue):
        raise FoundingRefused(denied(kept))
    user = users.check_user(AddUser(address, password), kept)
    if isinstance(user, Denied):
        raise FoundingRefused(user)
    return user


def _write(
    tx: Connection,
    founding: Founding,
    ready: Sequence[users.NewUser],
    key: bytes,
) -> None:
    now = time.time()
    apop, seal, ports = ApopSecrets(key), Seal(key, SMART_HOST), BasePorts()
    _insist(domains.add_domain(tx, AddDomain(founding.domain), now, seal))
    _insist(bindings.add_binding(tx, AddBinding(founding.address), ports))
    for user in ready:
        _insist(users.add_user(tx, user, now, apop))
    for name, value in founding.settings.items():  # the postmaster is one of the users
        wanted = SetSetting(name, value)
        _insist(settings.set_setting(tx, wanted, apop, seal, ports))
    for address in founding.administrators:
        role = SetAdministration(address, is_system=True, confirmed=True)
        _insist(administrators.set_administration(tx, role))


def _insist(effect: Effect | Denied) -> None:
    if isinstance(effect, Denied):
        raise FoundingRefused(effect)
