"""Who administers by the web and for other systems, and the audit log of all of it."""

from collections.abc import Coroutine
from typing import Any

from mailmax.datamax.audit import AuditLog
from mailmax.datamax.behalf import Behalf
from mailmax.datamax.changes import Changes
from mailmax.datamax.sealing import SECOND_FACTOR, Seal
from mailmax.datamax.systems_desk import SystemsDesk
from mailmax.datamax.web.desk import WebDesk
from mailmax.datamax.wiring.common import Common
from mailmax.datamax.wiring.handlers import Handlers, for_anybody, together
from mailmax.datamax.wiring.logins import Logins
from mailmax.hub.contract.web import OpenWebSession


class Web:
    """The desks of the web."""

    def __init__(self, common: Common, logins: Logins, changes: Changes) -> None:
        """Make them."""
        plan, database = common.plan, common.database
        self.log = AuditLog(database)
        self.desk = WebDesk(
            database,
            changes,
            self.log,
            seal=Seal(plan.apop_key, SECOND_FACTOR),
            tries=logins.tries,
            settings=common.settings,
            name=common.name,
            verify=logins.verify,
        )
        self._systems = SystemsDesk(
            database, changes, plan.apop_key, common.name, self.desk.who_acts
        )

    def answers(self) -> Handlers:
        """Return who answers what."""
        return together(
            for_anybody(self.desk.answers(), self._systems.answers()),
            {OpenWebSession: self.desk.open_session},
        )

    def noted(self, handlers: Handlers) -> Handlers:
        """Return the handlers of all requests: on whose behalf, and noted."""
        return Behalf(self.log, self.desk).over(handlers)

    def chores(self) -> tuple[Coroutine[Any, Any, None], ...]:
        """Return what is done for as long as the hub runs."""
        return (self.desk.clean_often(),)
