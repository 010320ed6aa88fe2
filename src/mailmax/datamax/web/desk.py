"""Answers the web, and those who look after who comes by it.

Theory:
    Signing in goes through the same desk as every login (`login_desk`), as service
    "web": the same delays, words and costs. A second factor is judged in the
    transaction that opens the session; a wrong one is counted under a name of its
    own, which a right password does not clear.

Rules:
    Tokens, codes and keys are told once, and kept as hashes.

Limits:
    Once an hour what is over is removed, and entries of the audit log after their
    days.

Manual: 7.4.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from mailmax.base.errors import Failure
from mailmax.base.units import DAY_S, HOUR_S
from mailmax.datamax.audit import AuditLog, list_audit, who_is
from mailmax.datamax.changes import Changes
from mailmax.datamax.desk import Answer, Answers
from mailmax.datamax.login_tries import LoginTries
from mailmax.datamax.sealing import Seal
from mailmax.datamax.web import api_keys, factors, preferences, principals, sessions
from mailmax.datamax.web.tokens import hash_token, make_token
from mailmax.hub.contract import web as asked
from mailmax.hub.contract.audit import ListAudit
from mailmax.hub.contract.logins import LoginRefused, VerifyLogin
from mailmax.hub.contract.message import Denied, Done, Message, Secret
from mailmax.policy.throttle import LONGEST_DELAY_S
from mailmax.store.accounts import audit_units, units, web_units
from mailmax.store.accounts.database import Database, in_time

SERVICE = "web"
LINK_S = 600.0
NO_SESSION = Denied(
    "not_allowed", "session", "it has ended, or the key is gone", "sign in again"
)
_SECOND = "second factor of "

Verify = Callable[[Any, VerifyLogin], Answer]


class WebDesk:
    """Answers for the web."""

    def __init__(  # noqa: PLR0913 - its collaborators
        self,
        database: Database,
        changes: Changes,
        log: AuditLog,
        *,
        seal: Seal,
        tries: LoginTries,
        settings: Mapping[str, Any],
        name: Callable[[], str],
        verify: Verify,
    ) -> None:
        """Take what it needs.

        Args:
            database: The accounts.
            changes: Carries changes out.
            log: Notes what is changed.
            seal: Seals secrets of authenticators.
            tries: Counts wrong codes.
            settings: Of the system, as they are now.
            name: Says what the system is called.
            verify: Checks a password, as for every service.
        """
        self._database = database
        self._changes = changes
        self._log = log
        self._seal = seal
        self._tries = tries
        self._settings = settings
        self._name = name
        self._verify = verify

    def answers(self) -> Answers:
        """Return who answers what."""
        change = self._changes.carry_out
        read = self._database.read
        return {
            asked.WhoIs: self._who_is,
            asked.EndWebSession: self._end_session,
            asked.RedeemSignInLink: self._redeem,
            asked.MakeSignInLink: self._make_link,
            asked.AskWebState: lambda _: read(_state),
            asked.ListWebSessions: lambda one: read(
                sessions.list_sessions, one, time.time()
            ),
            asked.EndWebSessions: lambda one: change(sessions.end_sessions, one),
            asked.ListApiKeys: lambda one: read(api_keys.list_keys, one),
            asked.AddApiKey: lambda one: self._changes.make(
                api_keys.add, one, time.time()
            ),
            asked.RemoveApiKey: lambda one: change(api_keys.remove, one),
            asked.EndTotp: lambda one: change(factors.end_of_user, one),
            asked.BeginTotp: self._begin_totp,
            asked.ConfirmTotp: self._confirm_totp,
            asked.RenewRecoveryCodes: self._renew_codes,
            asked.EndOwnTotp: self._end_own_totp,
            asked.AskPreferences: self._ask_preferences,
            asked.PutPreference: self._put_preference,
            ListAudit: lambda one: read(list_audit, one),
        }

    async def who_acts(self, actor: asked.Actor) -> asked.Principal | None:
        """Return who that is, while it is somebody.

        Raises:
            TemporaryFailure: The database is away.
        """
        read = self._database.read(principals.by_actor, actor, time.time())
        return await in_time(read)

    async def open_session(self, member: Any, request: asked.OpenWebSession) -> Message:
        """Sign somebody in.

        Raises:
            TemporaryFailure: The database is away, or the account changed just now.
        """
        login = VerifyLogin(
            request.login_name,
            request.password,
            SERVICE,
            request.peer,
            request.encrypted,
            request.default_domain,
        )
        accepted: Any = self._verify(member, login)
        if isinstance(accepted, Awaitable):
            accepted = await accepted
        if isinstance(accepted, LoginRefused):
            return accepted
        counted, code = _SECOND + accepted.address, request.code.value
        if code and not self._tries.may_try(counted, request.peer):
            return LoginRefused(retry_after_s=LONGEST_DELAY_S)
        opened = await in_time(
            self._database.write(
                sessions.open_for_user,
                accepted,
                code,
                sessions.Visitor(request.peer, request.user_agent),
                self._factors,
                time.time(),
            )
        )
        return self._answer(opened, counted, request)

    async def clean_often(self) -> None:
        """Remove what is over, again and again; for ever."""
        while True:
            with contextlib.suppress(Failure):  # what is over opens nothing anyhow
                await self.clean(time.time())
            await asyncio.sleep(HOUR_S)

    async def clean(self, now: float) -> None:
        """Remove sessions that are over and entries that are too old.

        Raises:
            TemporaryFailure: The database is away.
        """
        await self._database.write(
            web_units.delete_ended,
            now - principals.IDLE_S,
            now - principals.LONGEST_S,
        )
        oldest = now - self._settings["audit_days"] * DAY_S
        while await self._database.write(audit_units.drop_older, oldest):
            pass  # others write between two pieces

    @property
    def _factors(self) -> factors.Factors:
        return factors.Factors(self._seal, self._name())

    def _answer(
        self,
        opened: asked.WebSessionOpened | sessions.NotYet,
        counted: str,
        request: asked.OpenWebSession,
    ) -> Message:
        match opened:
            case sessions.NotYet.CODE_WANTED:
                return asked.SecondFactorWanted()
            case sessions.NotYet.CODE_WRONG:
                delay_s = self._tries.failed(counted, request.peer)
                return LoginRefused(retry_after_s=delay_s)
            case sessions.NotYet.CHANGED:
                why = "the account was changed just now; try again"
                return Denied("later", "", why)
            case _:
                if request.code.value:
                    self._tries.succeeded(counted, request.peer)
                return opened

    async def _who_is(self, request: asked.WhoIs) -> Message:
        now, token = time.time(), request.token.value
        found, is_noted = await in_time(self._database.read(_look_up, token, now))
        if found is None:
            return asked.Nobody()
        if not is_noted:
            await self._database.write(principals.note_use, found, now)
        return found

    async def _end_session(self, request: asked.EndWebSession) -> Done:
        hashed = hash_token(request.token.value)
        await self._changes.carry_out(sessions.end_by_token, hashed)
        return Done()

    async def _make_link(self, _: asked.MakeSignInLink) -> asked.SignInLink:
        now, token = time.time(), make_token()
        ends_at = now + LINK_S
        hashed = hash_token(token)
        await self._database.write(web_units.insert_link, hashed, ends_at, now)
        return asked.SignInLink(Secret(token), ends_at)

    async def _redeem(self, request: asked.RedeemSignInLink) -> Message:
        visitor = sessions.Visitor(request.peer, request.user_agent)
        opened = await self._database.write(
            sessions.open_by_link, request.token.value, visitor, time.time()
        )
        return opened or LoginRefused()

    # Of a session's own account

    async def _begin_totp(self, request: asked.BeginTotp) -> Message:
        return await self._of_session(request.actor, self._factors.begin)

    async def _confirm_totp(self, request: asked.ConfirmTotp) -> Message:
        return await self._with_code(request, self._factors.confirm)

    async def _renew_codes(self, request: asked.RenewRecoveryCodes) -> Message:
        return await self._with_code(request, self._factors.renew)

    async def _end_own_totp(self, request: asked.EndOwnTotp) -> Message:
        return await self._with_code(request, self._factors.end_own)

    async def _with_code(
        self,
        request: asked.ConfirmTotp | asked.RenewRecoveryCodes | asked.EndOwnTotp,
        work: Callable[[Connection, asked.Principal, str, float], Message],
    ) -> Message:
        """Do what needs a code, which may be tried as seldom as at signing in."""
        who = await self.who_acts(request.actor)
        if who is None or not who.session_id:
            return NO_SESSION
        counted, peer = _SECOND + who.name, request.actor.peer
        if not self._tries.may_try(counted, peer):
            return Denied("conflict", "code", "too many wrong codes", "wait a while")

        async def carry_out() -> Message:
            return await self._database.write(
                work, who, request.code.value, time.time()
            )

        answer = await self._log.keep(
            who_is(who, request.actor.peer), request, carry_out
        )
        if answer == factors.WRONG:
            self._tries.failed(counted, peer)
        return answer

    async def _ask_preferences(self, request: asked.AskPreferences) -> Message:
        who = await self.who_acts(request.actor)
        if who is None:
            return NO_SESSION
        return await self._database.read(preferences.all_of, who.user_id)

    async def _put_preference(self, request: asked.PutPreference) -> Message:
        who = await self.who_acts(request.actor)
        if who is None:
            return NO_SESSION
        return await self._database.write(preferences.put, who.user_id, request)

    async def _of_session(
        self,
        actor: asked.Actor,
        work: Callable[[Connection, asked.Principal], Message],
    ) -> Message:
        who = await self.who_acts(actor)
        if who is None or not who.session_id:
            return NO_SESSION
        return await self._database.write(work, who)


def _look_up(
    tx: Connection, token: str, now: float
) -> tuple[asked.Principal | None, bool]:
    found = principals.by_token(tx, token, now)
    return found, found is None or principals.was_noted(tx, found, now)


def _state(tx: Connection) -> asked.WebState:
    domains, _ = units.count(tx)
    return asked.WebState(web_units.has_system_administrator(tx), domains > 0)
