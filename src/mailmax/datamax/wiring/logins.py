"""Who logs in and sends, and what is kept and told of it."""

from collections.abc import Coroutine
from typing import Any

from mailmax.datamax.apop import ApopSecrets
from mailmax.datamax.desk import Answer
from mailmax.datamax.last_logins import LastLogins
from mailmax.datamax.lasting_state import LastingState
from mailmax.datamax.login_desk import LoginDesk
from mailmax.datamax.login_tries import LoginTries
from mailmax.datamax.member import Member
from mailmax.datamax.open_logins import compare_logins
from mailmax.datamax.presence_desk import PresenceDesk
from mailmax.datamax.sending_desk import SendingDesk
from mailmax.datamax.spy import SpyDesk
from mailmax.datamax.used_desk import UsedDesk
from mailmax.datamax.visitors_desk import VisitorsDesk
from mailmax.datamax.wiring.common import Common
from mailmax.datamax.wiring.handlers import Handlers, for_anybody, together
from mailmax.hub.contract.logins import CompareLogins, VerifyApop, VerifyLogin
from mailmax.hub.contract.used import ReportUsed


class Logins:
    """The desks of logins."""

    def __init__(self, common: Common, secrets: ApopSecrets) -> None:
        """Make them."""
        plan, database, settings = common.plan, common.database, common.settings
        self._common = common
        self.visitors = VisitorsDesk(database, common.publisher, settings)
        self.tries = LoginTries(plan.apop_key)
        self.lasting = LastingState(database, (self.visitors, self.tries))
        self.sending = SendingDesk(database, common.publisher)
        self.last_logins = LastLogins(database)
        self.used = UsedDesk(database)
        self.spy = SpyDesk(common.members)
        self.desk = LoginDesk(
            database,
            common.pool,
            secrets,
            common.domains,
            settings,
            last_logins=self.last_logins,
            visitors=self.visitors,
            tries=self.tries,
        )

    def answers(self) -> Handlers:
        """Return who answers what."""
        own: Handlers = {
            ReportUsed: self.used.report,
            VerifyApop: self._verify_apop,
            VerifyLogin: self.verify,
        }
        return together(
            for_anybody(
                {CompareLogins: self._compare},
                self.visitors.answers(),
                self.sending.answers(),
            ),
            PresenceDesk(self._common.book, self.spy).answers(),
            self.spy.answers(),
            own,
        )

    def chores(self) -> tuple[Coroutine[Any, Any, None], ...]:
        """Return what is done for as long as the hub runs."""
        return (
            self.last_logins.write_often(),
            self.used.write_often(),
            self.lasting.write_often(),
            self.spy.end_unread(),
            self.sending.push_changed(),
            self.visitors.push_new(),
            self.visitors.drop_expired(),
        )

    async def close(self) -> None:
        """Let logins end, and write down what is only in memory."""
        await self.desk.close()
        await self.last_logins.write()
        await self.used.write()
        await self.lasting.write()

    def verify(self, member: Member, request: VerifyLogin) -> Answer:
        """Answer whether a login is right, for a service; who watches is told."""
        answer = self.desk.recall(request) or self.desk.verify_login(request)
        return self.spy.logins.verified(member, request, answer)

    def _verify_apop(self, member: Member, request: VerifyApop) -> Answer:
        answer = self.desk.verify_apop(request)
        return self.spy.logins.verified(member, request, answer)

    def _compare(self, request: CompareLogins) -> Answer:
        return self._common.database.read(compare_logins, request)
