"""Answers about domains, users, aliases and the settings of the whole system.

Theory:
    A table says which unit of work carries a request out. What needs more than that
    (a hash, a check of two thousand lines) has a method here.

Manual: 4.1, 6.1, 6.3, 6.6, 7.1, 7.2, 7.6, 7.7.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from mailmax.datamax import (
    administrators,
    alias_lists,
    aliases,
    credentials,
    deleting,
    domain_lists,
    domain_values,
    domains,
    passwords,
    renaming,
    settings,
    user_import,
    user_lists,
    user_values,
    users,
    virus_switch,
)
from mailmax.datamax.apop import ApopSecrets
from mailmax.datamax.changes import Changes
from mailmax.datamax.check_desk import CheckDesk
from mailmax.datamax.desk import Answers
from mailmax.datamax.effect import denied
from mailmax.datamax.hashing import HashPool
from mailmax.datamax.ports import BasePorts
from mailmax.datamax.presence import GuestBook
from mailmax.datamax.sealing import Seal
from mailmax.hub.contract.administration import Changed, DeleteWay
from mailmax.hub.contract.administrators import SetAdministration
from mailmax.hub.contract.aliases import AddAlias, DeleteAlias, ListAliases
from mailmax.hub.contract.domains import (
    AddDomain,
    AddDomainAlias,
    ChangeDomain,
    DeleteDomain,
    DeleteDomainAlias,
    ListDomains,
    ShowDomain,
)
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.quarantine import SwitchVirusCheck
from mailmax.hub.contract.settings import GetSettings, SetSetting
from mailmax.hub.contract.users import (
    AddUser,
    ChangeForward,
    ChangeUser,
    DeleteUser,
    Imported,
    ImportRefused,
    ImportUsers,
    ListUsers,
    RenameUser,
    SetApopSecret,
    SetPassword,
    ShowUser,
)
from mailmax.settings.field import BadValue
from mailmax.store.accounts.database import Database


@dataclass(frozen=True, slots=True)
class Keys:
    """What makes of a password what is kept of it."""

    pool: HashPool
    apop: ApopSecrets
    seal: Seal
    settings: Mapping[str, Any]
    """Of the system, as they are now."""

    async def kept(
        self, text: str, *, blank: bool
    ) -> credentials.Credential | BadValue:
        """Make what is kept of a password that an administrator gives, or of none."""
        if blank and not text:
            return credentials.BLANK
        keeping = self.settings["password_keeping"]
        return await self.pool.run(credentials.of_field, text, keeping)


class AccountDesk:
    """Answers administrators."""

    def __init__(
        self,
        database: Database,
        changes: Changes,
        keys: Keys,
        book: GuestBook,
        base_ports: Callable[[], BasePorts],
        checks: CheckDesk,
    ) -> None:
        """Take what it needs.

        Args:
            database: The accounts.
            changes: Carries changes out.
            keys: Hashes and encrypts.
            book: Knows the services.
            base_ports: Says what is added to default ports.
            checks: Knows what makes no sense together.
        """
        self._database = database
        self._changes = changes
        self._keys = keys
        self._book = book
        self._base_ports = base_ports
        self._checks = checks
        self.imported = asyncio.Event()
        """Somebody imported users."""

    def answers(self) -> Answers:
        """Return who answers what."""
        change = self._changes.carry_out
        read = self._database.read
        return {
            AddDomain: lambda one: change(
                domains.add_domain, one, time.time(), self._keys.seal
            ),
            ListDomains: lambda one: read(domain_lists.list_domains, one),
            ShowDomain: lambda one: read(domain_values.show_domain, one),
            ChangeDomain: lambda one: change(
                domain_values.change_domain, one, self._keys.seal
            ),
            DeleteDomain: self._delete_domain,
            AddDomainAlias: lambda one: change(domains.add_domain_alias, one),
            DeleteDomainAlias: lambda one: change(domains.delete_domain_alias, one),
            AddUser: self._add_user,
            ImportUsers: self._import_users,
            ListUsers: lambda one: read(user_lists.list_users, one),
            ShowUser: lambda one: read(user_values.show_user, one),
            ChangeUser: lambda one: change(user_values.change_user, one),
            ChangeForward: lambda one: change(user_values.change_forward, one),
            RenameUser: lambda one: change(renaming.rename_user, one),
            SetPassword: self._set_password,
            SetApopSecret: lambda one: change(
                passwords.set_apop_secret, one, self._keys.apop
            ),
            DeleteUser: self._delete_user,
            SetAdministration: lambda one: change(
                administrators.set_administration, one
            ),
            AddAlias: lambda one: change(aliases.add_alias, one),
            ListAliases: lambda one: read(alias_lists.list_aliases, one),
            DeleteAlias: lambda one: change(aliases.delete_alias, one),
            GetSettings: lambda one: read(settings.get_settings, one),
            SetSetting: self._set_setting,
            SwitchVirusCheck: lambda one: change(virus_switch.switch_virus_check, one),
        }

    async def _set_setting(self, request: SetSetting) -> Changed | Denied:
        work = settings.set_setting
        answer = await self._changes.carry_out(
            work, request, self._keys.apop, self._keys.seal, self._base_ports()
        )
        if isinstance(answer, Denied):
            return answer
        note = await self._checks.note_on(request.key)
        return msgspec.structs.replace(answer, note=note or answer.note)

    async def _delete_domain(self, request: DeleteDomain) -> Changed | Denied:
        work = deleting.delete_domain
        answer = await self._changes.carry_out(work, request, time.time())
        return self._told_who_waits(answer, request.way)

    async def _delete_user(self, request: DeleteUser) -> Changed | Denied:
        work = deleting.delete_user
        answer = await self._changes.carry_out(work, request, time.time())
        return self._told_who_waits(answer, request.way)

    def _told_who_waits(
        self, answer: Changed | Denied, way: DeleteWay
    ) -> Changed | Denied:
        """Say so when files wait for a service that is not running (manual 6.6)."""
        is_waiting = way != "database" and not self._book.has_ready("housekeeping")
        if isinstance(answer, Denied) or not is_waiting:
            return answer
        note = f"{answer.note}, once it runs: it does not now"
        return msgspec.structs.replace(answer, note=note)

    async def _add_user(self, request: AddUser) -> Changed | Denied:
        kept = await self._keys.kept(request.password.value, blank=request.blank)
        if isinstance(kept, BadValue):
            return denied(kept)
        user = users.check_user(request, kept)
        if isinstance(user, Denied):
            return user
        return await self._changes.carry_out(
            users.add_user, user, time.time(), self._keys.apop
        )

    async def _set_password(self, request: SetPassword) -> Changed | Denied:
        kept = await self._keys.kept(request.password.value, blank=request.blank)
        if isinstance(kept, BadValue):
            return denied(kept)
        return await self._changes.carry_out(
            passwords.set_password, request, kept, self._keys.apop
        )

    async def _would_import(
        self, good: Mapping[int, users.NewUser], refused: Mapping[int, Denied]
    ) -> Imported:
        places = list(good)
        more = await self._database.read(users.refused_of, list(good.values()))
        every = {**refused, **{places[at]: why for at, why in more.items()}}
        rows = tuple(ImportRefused(at, every[at]) for at in sorted(every))
        return Imported(len(good) - len(more), rows)

    async def _import_users(self, request: ImportUsers) -> Imported | Denied:
        too_many = user_import.check_size(request)
        if too_many is not None:
            return too_many
        good, refused = await self._keys.pool.run(user_import.check_rows, request.rows)
        if request.dry_run:
            return await self._would_import(good, refused)
        added, published = await self._changes.carry_out_many(
            users.add_users, list(good.values()), time.time(), self._keys.apop
        )
        places = list(good)
        refused.update({places[at]: why for at, why in added.refused.items()})
        late = await self._changes.late(published) if request.last else ()
        self.imported.set()
        return Imported(
            len(added.effect.users),
            tuple(ImportRefused(at, refused[at]) for at in sorted(refused)),
            published.version,
            late,
        )
