"""Whose password is checked: the row that a login name means, while it holds.

Theory:
    A check takes a while, and changes go on meanwhile. What a change ends (sessions,
    windows of POP before SMTP) is ended when it is acted on, so a login that was begun
    before and is let in after it would stay. Every change that matters to logins moves
    the generation of the cache: when it moved, the row is read again.

Manual: 4.3, 4.5.1.
"""

from collections.abc import Mapping
from typing import Any

from mailmax.base.errors import TemporaryFailure
from mailmax.datamax.domain_names import DomainNames
from mailmax.datamax.login_cache import LoginCache
from mailmax.hub.contract.logins import VerifyApop, VerifyLogin
from mailmax.policy.login import LoginCandidates, login_candidates
from mailmax.store.accounts import units
from mailmax.store.accounts.database import Database, in_time

MOST_LOOKS = 5


class LoginRows:
    """Reads rows of those who log in."""

    def __init__(
        self,
        database: Database,
        domains: DomainNames,
        settings: Mapping[str, Any],
        cache: LoginCache,
    ) -> None:
        """Take what it needs.

        Args:
            database: The accounts.
            domains: Which are ours.
            settings: Of the system, as they are now.
            cache: Its generation tells of changes.
        """
        self._database = database
        self._domains = domains
        self._settings = settings
        self._cache = cache

    def candidates(self, request: VerifyLogin | VerifyApop) -> LoginCandidates:
        """Return whom a login name may mean."""
        domain = request.default_domain or self._settings["default_domain"]
        return login_candidates(request.login_name, domain, self._domains.__contains__)

    async def find(self, candidates: LoginCandidates) -> units.AnyRow | None:
        """Return the row of the user that is meant; None: there is none.

        Raises:
            TemporaryFailure: The database is away.
        """
        own = {one: self._domains.canonical(one) for one in candidates.all}
        wanted = tuple({*own, *own.values()}) or ("",)
        rows = await in_time(self._database.read(units.find_logins, wanted))
        # As mail finds its user: an alias on another name of a domain comes first.
        found = {
            one: row
            for one, address in own.items()
            if (row := rows.get(one) or rows.get(address)) is not None
        }
        address = candidates.choose(found)
        return None if address is None else found[address]

    async def look_again(
        self, candidates: LoginCandidates, row: units.AnyRow, generation: int
    ) -> units.AnyRow:
        """Return the row as it is now that the password is checked.

        What was changed meanwhile has been acted on already: sessions and windows of
        the old password are closed, and none must come after them.

        Args:
            candidates: Who it may be.
            row: Against which the password was right.
            generation: Of the cache, before the row was read.

        Raises:
            TemporaryFailure: The password is another one now, or changes do not end.
        """
        for _ in range(MOST_LOOKS):
            if generation == self._cache.generation:
                return row
            generation = self._cache.generation
            fresh = await self.find(candidates)
            if fresh is None or _what_counts(fresh) != _what_counts(row):
                break
            row = fresh
        raise TemporaryFailure("the account was changed just now; try again")


def _what_counts(row: units.AnyRow) -> tuple[Any, ...]:
    """Return what a password is right by; a hash in a better form is another one."""
    return row.id, row.kind, row.credential_version
