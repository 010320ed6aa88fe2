"""Carrying out a change: database, tables of the services, open sessions, answer.

Theory:
    check → unit of work (durable) → publish → wait for the acknowledgements → answer.
    Changes are made one after the other, so their versions have the order of their
    transactions; the waiting is not part of that.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Concatenate, ParamSpec, Protocol

import msgspec
from sqlalchemy import Connection

from mailmax.datamax import (
    aliases,
    credentials,
    deleting,
    domain_values,
    domains,
    passwords,
    renaming,
    system,
    user_values,
    users,
)
from mailmax.datamax.apop import ApopSecrets
from mailmax.datamax.effect import Effect, Withdrawn, denied
from mailmax.datamax.hashing import HashPool
from mailmax.datamax.pushes import Publisher, Reader
from mailmax.hub.contract.administration import Changed, DeleteWay
from mailmax.hub.contract.aliases import AddAlias, DeleteAlias
from mailmax.hub.contract.domains import (
    AddDomain,
    AddDomainAlias,
    ChangeDomain,
    DeleteDomain,
    DeleteDomainAlias,
)
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.settings import SetSetting
from mailmax.hub.contract.users import (
    AddUser,
    ChangeForward,
    ChangeUser,
    DeleteUser,
    Imported,
    ImportRefused,
    ImportRow,
    ImportUsers,
    RenameUser,
    SetApopSecret,
    SetPassword,
)
from mailmax.policy.names import check_address
from mailmax.settings.field import BadValue
from mailmax.store.accounts.database import Database

Args = ParamSpec("Args")


class Acting(Protocol):
    """The hub itself, which acts by a change before anybody else."""

    def act_on(self, effect: Effect) -> None:
        """Use what changed."""

    def is_serving(self, role: str) -> bool:
        """Tell whether a service of that role is here and ready."""


class Changes:
    """Everything that administrators may change."""

    def __init__(
        self,
        database: Database,
        publisher: Publisher,
        pool: HashPool,
        apop: ApopSecrets,
        hub: Acting,
        settings: Mapping[str, Any],
    ) -> None:
        """Take what it needs."""
        self._settings = settings
        self._database = database
        self._publisher = publisher
        self._pool = pool
        self._apop = apop
        self._hub = hub
        self._turn = asyncio.Lock()

    async def add_domain(self, request: AddDomain) -> Changed | Denied:
        """Make a domain local."""
        return await self._change(domains.add_domain, request, time.time())

    async def delete_domain(self, request: DeleteDomain) -> Changed | Denied:
        """Remove a domain."""
        answer = await self._change(deleting.delete_domain, request, time.time())
        return self._told_who_waits(answer, request.way)

    async def add_user(self, request: AddUser) -> Changed | Denied:
        """Add a user."""
        kept = await self._kept(request.password.value, blank=request.blank)
        if isinstance(kept, BadValue):
            return denied(kept)
        user = users.check_user(request, kept)
        if isinstance(user, Denied):
            return user
        return await self._change(users.add_user, user, time.time(), self._apop)

    async def delete_user(self, request: DeleteUser) -> Changed | Denied:
        """Remove a user."""
        answer = await self._change(deleting.delete_user, request, time.time())
        return self._told_who_waits(answer, request.way)

    async def rename_user(self, request: RenameUser) -> Changed | Denied:
        """Give a user another name."""
        return await self._change(renaming.rename_user, request)

    async def set_password(self, request: SetPassword) -> Changed | Denied:
        """Give a user a new password."""
        kept = await self._kept(request.password.value, blank=request.blank)
        if isinstance(kept, BadValue):
            return denied(kept)
        return await self._change(passwords.set_password, request, kept, self._apop)

    async def set_apop_secret(self, request: SetApopSecret) -> Changed | Denied:
        """Give a user a secret for APOP, or none."""
        return await self._change(passwords.set_apop_secret, request, self._apop)

    async def change_user(self, request: ChangeUser) -> Changed | Denied:
        """Set values of a user."""
        return await self._change(user_values.change_user, request)

    async def change_forward(self, request: ChangeForward) -> Changed | Denied:
        """Change a user's list of forwards by one address."""
        return await self._change(user_values.change_forward, request)

    async def change_domain(self, request: ChangeDomain) -> Changed | Denied:
        """Set values of a domain."""
        return await self._change(domain_values.change_domain, request)

    async def add_domain_alias(self, request: AddDomainAlias) -> Changed | Denied:
        """Give a domain another name."""
        return await self._change(domains.add_domain_alias, request)

    async def delete_domain_alias(self, request: DeleteDomainAlias) -> Changed | Denied:
        """Take a name of a domain away."""
        return await self._change(domains.delete_domain_alias, request)

    async def add_alias(self, request: AddAlias) -> Changed | Denied:
        """Give a user another address."""
        return await self._change(aliases.add_alias, request)

    async def delete_alias(self, request: DeleteAlias) -> Changed | Denied:
        """Take an address away."""
        return await self._change(aliases.delete_alias, request)

    async def set_setting(self, request: SetSetting) -> Changed | Denied:
        """Change a global setting."""
        return await self._change(system.set_setting, request)

    async def import_users(self, request: ImportUsers) -> Imported | Denied:
        """Add many users; those that cannot be taken are named."""
        if len(request.rows) > users.IMPORT_ROWS:
            return Denied(
                "bad_value",
                "rows",
                f"{len(request.rows)} are too many at once",
                f"send at most {users.IMPORT_ROWS}",
            )
        checked, refused = await self._pool.run(_check_rows, request.rows)
        wanted = list(checked.values())
        async with self._turn:
            added = await self._database.write(
                users.add_users, wanted, time.time(), self._apop
            )
            effect = added.effect
            waiting = self._publish(effect) if effect.users else set()
            version = self._publisher.version
        places = list(checked)
        refused.update({places[at]: why for at, why in added.refused.items()})
        late: tuple[str, ...] = ()
        if request.last:
            late = await self._publisher.wait_for(waiting, version)
        return Imported(
            len(effect.users),
            tuple(ImportRefused(at, refused[at]) for at in sorted(refused)),
            version,
            late,
        )

    def _told_who_waits(
        self, answer: Changed | Denied, way: DeleteWay
    ) -> Changed | Denied:
        """Say so when files wait for a service that is not running (manual 6.6)."""
        is_waiting = way != "database" and not self._hub.is_serving("housekeeping")
        if isinstance(answer, Denied) or not is_waiting:
            return answer
        note = f"{answer.note}, once it runs: it does not now"
        return msgspec.structs.replace(answer, note=note)

    async def _kept(
        self, text: str, *, blank: bool
    ) -> credentials.Credential | BadValue:
        """Make what is kept of a password that an administrator gives, or of none."""
        if blank and not text:
            return credentials.BLANK
        keeping = self._settings["password_keeping"]
        return await self._pool.run(credentials.of_field, text, keeping)

    async def carry_out(
        self,
        work: Callable[Concatenate[Connection, Args], Effect | Denied],
        *args: Args.args,
        **kwargs: Args.kwargs,
    ) -> Changed | Denied:
        """Carry out a change whose requests have a desk of their own."""
        return await self._change(work, *args, **kwargs)

    async def _change(
        self,
        work: Callable[Concatenate[Connection, Args], Effect | Denied],
        *args: Args.args,
        **kwargs: Args.kwargs,
    ) -> Changed | Denied:
        async with self._turn:
            try:
                effect = await self._database.write(work, *args, **kwargs)
            except Withdrawn as withdrawn:
                return withdrawn.why
            if isinstance(effect, Denied):
                return effect
            waiting = self._publish(effect)
            version = self._publisher.version
        late = await self._publisher.wait_for(waiting, version)
        return Changed(effect.item_id, version, late, effect.note)

    def _publish(self, effect: Effect) -> set[Reader]:
        self._hub.act_on(effect)
        return self._publisher.publish(effect)


def _check_rows(
    rows: tuple[ImportRow, ...],
) -> tuple[dict[int, users.NewUser], dict[int, Denied]]:
    """Sort lines into those that may be added and those that may not."""
    good: dict[int, users.NewUser] = {}
    refused: dict[int, Denied] = {}
    for place, row in enumerate(rows):
        address = check_address(row.address)
        if isinstance(address, BadValue):
            refused[place] = denied(address)
            continue
        kept = credentials.of_import(row.password.value)
        if isinstance(kept, BadValue):
            refused[place] = denied(kept)
            continue
        names = {"first_name": row.first_name, "last_name": row.last_name}
        asked = AddUser(row.address, row.password, names)
        user = users.check_user(asked, kept)
        if isinstance(user, Denied):
            refused[place] = user
        else:
            good[place] = user
    return good, refused
