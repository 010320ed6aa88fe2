"""Is this the right password? The one place where it is decided.

Theory:
    login name → candidates (`policy.login`) → rows of the database → one Argon2 check
    in a thread. Users who do not exist cost the same: a dummy is checked for them. A
    right password is remembered for minutes (`login_cache`), a wrong one delays the
    answers to its user and network (`policy.throttle`), unless the service says that
    the peer is trusted.

Rules:
    Every cause of a refusal that a stranger could learn from has the same reason and
    the same cost (TRUST G3). The database away is a `TemporaryFailure`, never a
    refusal (D12).

Manual: 4.3, 4.5.1, 5.1.
"""

import asyncio
import time
from collections.abc import Awaitable, Mapping
from typing import Any

from mailmax.base.address import lower_ascii
from mailmax.base.errors import Failure, TemporaryFailure
from mailmax.base.result import Reason
from mailmax.datamax import credentials, schemes
from mailmax.datamax.apop import ApopSecrets
from mailmax.datamax.domain_names import DomainNames
from mailmax.datamax.hashing import HashPool
from mailmax.datamax.last_logins import LastLogins
from mailmax.datamax.login_cache import LoginCache
from mailmax.datamax.login_rows import LoginRows
from mailmax.datamax.login_tries import LoginTries
from mailmax.datamax.rows import own_values, user_flags, value_for_user
from mailmax.datamax.visitors_desk import VisitorsDesk
from mailmax.hub.contract.logins import (
    LoginAccepted,
    LoginRefused,
    VerifyApop,
    VerifyLogin,
)
from mailmax.hub.contract.rows import SENDS_WITHOUT_LOGIN
from mailmax.policy.blank_passwords import READING, Entry, may_enter
from mailmax.policy.login import LoginCandidates
from mailmax.policy.throttle import LONGEST_DELAY_S
from mailmax.settings.domain import DOMAIN_SETTINGS
from mailmax.settings.resolve import Scope, resolve
from mailmax.settings.system import SYSTEM_SETTINGS
from mailmax.store.accounts import units
from mailmax.store.accounts.database import Database, in_time

LoginAnswer = LoginAccepted | LoginRefused
_SUSPENDED = Reason.SERVICE_SUSPENDED.name
_SIGNS_OF_LIFE = READING | {"web"}
"""Who logs in there is no idle user (GEN-4)."""


class LoginDesk:
    """Checks logins."""

    def __init__(  # noqa: PLR0913 - its collaborators
        self,
        database: Database,
        pool: HashPool,
        apop: ApopSecrets,
        domains: DomainNames,
        settings: Mapping[str, Any],
        *,
        last_logins: LastLogins,
        visitors: VisitorsDesk,
        tries: LoginTries,
    ) -> None:
        """Take what it needs.

        Args:
            database: The accounts.
            pool: Where hashes are computed.
            apop: Decrypts APOP secrets.
            domains: Which are ours.
            settings: Of the system, as they are now.
            last_logins: Told who logged in.
            visitors: Told whose mail may go out by a login.
            tries: Counts wrong passwords.
        """
        self.cache = LoginCache()
        self._database = database
        self._pool = pool
        self._apop = apop
        self._domains = domains
        self._rows = LoginRows(database, domains, settings, self.cache)
        self._settings = settings
        self._last_logins = last_logins
        self._visitors = visitors
        self._tries = tries
        self._chores: set[asyncio.Task[None]] = set()

    def recall(
        self, request: VerifyLogin
    ) -> LoginAnswer | Awaitable[LoginAnswer] | None:
        """Answer at once if the same password was right a moment ago.

        Who may not try is not heard here either: a guess that is right would be.
        """
        accepted = self.cache.find(
            self._cache_key(request), request.password.value, time.monotonic()
        )
        if accepted is None or not self._may_try(
            request, self._rows.candidates(request)
        ):
            return None
        return self._admit(accepted, request)

    async def verify_login(self, request: VerifyLogin) -> LoginAnswer:
        """Check a password.

        Raises:
            TemporaryFailure: The database is away, or too many logins wait.
        """
        password = request.password.value
        candidates = self._rows.candidates(request)
        if not schemes.is_possible(password):
            return self._refuse(request, candidates)
        if not self._may_try(request, candidates):
            return LoginRefused(retry_after_s=LONGEST_DELAY_S)
        generation = self.cache.generation
        row = await self._rows.find(candidates)
        kept = schemes.DUMMY if row is None else row.password_hash
        right = await self._pool.run(schemes.verify, kept, password)
        if row is not None and row.kind == "normal" and not kept:
            return await self._enter_blank(request, candidates, row, generation)
        if not right or row is None or row.kind != "normal":
            return self._refuse(request, candidates)
        row = await self._rows.look_again(candidates, row, generation)
        accepted = self._accept(request, candidates, row)
        key = self._cache_key(request)
        self.cache.remember(key, password, accepted, time.monotonic())
        if not self._is_wanted(row):
            self._begin_upgrade(row, password)
        return await self._enter(accepted, request)

    async def verify_apop(self, request: VerifyApop) -> LoginAnswer:
        """Check an APOP digest (RFC 1939 §7).

        Raises:
            TemporaryFailure: The database is away.
        """
        candidates = self._rows.candidates(request)
        if not self._may_try(request, candidates):
            return LoginRefused(retry_after_s=LONGEST_DELAY_S)
        generation = self.cache.generation
        row = await self._rows.find(candidates)
        user_id, kept = 0, None
        if row is not None:
            clear = schemes.clear_of(row.password_hash)
            user_id, kept = row.id, row.apop_secret or clear
        right = self._apop.verify(user_id, kept, request.challenge, request.digest)
        if not right or row is None or row.kind != "normal":
            return self._refuse(request, candidates)
        row = await self._rows.look_again(candidates, row, generation)
        return await self._enter(self._accept(request, candidates, row), request)

    async def close(self) -> None:
        """Let running upgrades end."""
        await asyncio.gather(*self._chores, return_exceptions=True)

    def _may_try(
        self, request: VerifyLogin | VerifyApop, candidates: LoginCandidates
    ) -> bool:
        if request.is_exempt:
            return True
        user = _throttled_name(request, candidates)
        return self._tries.may_try(user, request.peer)

    def _refuse(
        self, request: VerifyLogin | VerifyApop, candidates: LoginCandidates
    ) -> LoginRefused:
        if request.is_exempt:
            return LoginRefused()
        user = _throttled_name(request, candidates)
        delay_s = self._tries.failed(user, request.peer)
        return LoginRefused(retry_after_s=delay_s)

    def _accept(
        self,
        request: VerifyLogin | VerifyApop,
        candidates: LoginCandidates,
        row: units.AnyRow,
    ) -> LoginAccepted:
        if not request.is_exempt:
            user = _throttled_name(request, candidates)
            self._tries.succeeded(user, request.peer)
        return LoginAccepted(
            row.id,
            row.address,
            row.home,
            row.credential_version,
            value_for_user(row, "box_limit_octets"),
            user_flags(row),
        )

    async def _enter_blank(
        self,
        request: VerifyLogin,
        candidates: LoginCandidates,
        row: units.AnyRow,
        generation: int,
    ) -> LoginAnswer:
        """Let a user without a password in, or not (GEN-6)."""
        policy = resolve(
            "blank_passwords",
            Scope(DOMAIN_SETTINGS, own_values(row.domain_settings)),
            Scope(SYSTEM_SETTINGS, self._settings),
        )
        entry = may_enter(policy, request.service, is_trusted=request.is_exempt)
        password = request.password.value
        if entry is Entry.FILLING and schemes.check_new_password(password) is None:
            fresh = await self._make(password)
            filled = await in_time(
                self._database.write(
                    units.replace_hash, row.id, "", **self._columns(row, fresh)
                )
            )
            entry = Entry.OPEN if filled else Entry.REFUSED
        elif entry is Entry.FILLING:
            entry = Entry.REFUSED
        if entry is Entry.REFUSED:
            return self._refuse(request, candidates)
        row = await self._rows.look_again(candidates, row, generation)
        return await self._enter(self._accept(request, candidates, row), request)

    @property
    def _keeping(self) -> credentials.Keeping:
        keeping: credentials.Keeping = self._settings["password_keeping"]
        return keeping

    async def _make(self, password: str) -> credentials.Credential:
        return await self._pool.run(credentials.of_password, password, self._keeping)

    def _is_wanted(self, row: units.AnyRow) -> bool:
        """Tell whether a password is kept as it is to be kept now (GEN-5)."""
        keeping = self._keeping
        has_copy = self._apop.is_password(row.id, row.apop_secret)
        has_own = row.apop_secret is not None and not has_copy
        return (
            schemes.is_wanted(row.password_hash, in_clear=keeping == "clear")
            and row.scram_salt is not None
            and has_copy is (keeping == "encrypted" and not has_own)
        )

    def _columns(
        self, row: units.AnyRow, fresh: credentials.Credential
    ) -> dict[str, Any]:
        return credentials.kept_columns(fresh, row.id, self._apop, row.apop_secret)

    async def _enter(
        self, accepted: LoginAccepted, request: VerifyLogin | VerifyApop
    ) -> LoginAnswer:
        answer = self._admit(accepted, request)
        return await answer if isinstance(answer, Awaitable) else answer

    def _admit(
        self, accepted: LoginAccepted, request: VerifyLogin | VerifyApop
    ) -> LoginAnswer | Awaitable[LoginAnswer]:
        """Who is right is told when the service is stopped for the domain."""
        service = request.service if isinstance(request, VerifyLogin) else "pop3"
        if self._domains.is_suspended(accepted.address, service):
            return LoginRefused(_SUSPENDED)
        if service in _SIGNS_OF_LIFE:
            self._last_logins.note(accepted.user_id, time.time())
        if service in READING and self._opens_window(accepted, request):
            opening = self._visitors.open_window(
                request.peer, accepted.user_id, accepted.credential_version
            )
            if opening is not None:
                return self._then(opening, accepted, request.peer)
        return accepted

    async def _then(
        self, opening: Awaitable[object], accepted: LoginAccepted, peer: str
    ) -> LoginAnswer:
        """Answer when the window is open: who was let in may send at once.

        Raises:
            TemporaryFailure: It was closed meanwhile, with the user's credentials.
        """
        await opening
        if not self._visitors.is_open(peer, accepted.user_id):
            raise TemporaryFailure("the account was changed just now; try again")
        return accepted

    def _opens_window(
        self, accepted: LoginAccepted, request: VerifyLogin | VerifyApop
    ) -> bool:
        """Tell whether mail may go out by this login (POP before SMTP)."""
        if request.is_exempt or not request.peer:
            return False
        return (
            self._settings["sending_authentication"] == "pop_before_smtp"
            or accepted.flags & SENDS_WITHOUT_LOGIN != 0
        )

    def _cache_key(self, request: VerifyLogin) -> str:
        domain = request.default_domain or self._settings["default_domain"]
        return f"{lower_ascii(request.login_name)}\0{domain}"

    def _begin_upgrade(self, row: units.AnyRow, password: str) -> None:
        chore = asyncio.create_task(self._upgrade(row, password))
        self._chores.add(chore)
        chore.add_done_callback(self._chores.discard)

    async def _upgrade(self, row: units.AnyRow, password: str) -> None:
        """Keep the wanted form now that the password is known (GEN-5)."""
        try:
            fresh = await self._make(password)
            await self._database.write(
                units.upgrade_credentials,
                row.id,
                row.credential_version,
                **self._columns(row, fresh),
            )
        except Failure:
            return  # the next login tries again


def _throttled_name(
    request: VerifyLogin | VerifyApop, candidates: LoginCandidates
) -> str:
    every = candidates.all
    return every[0] if every else lower_ascii(request.login_name[:320])
