"""What is only looked at: how all is, what was done, what would be done."""

from collections.abc import Coroutine, Sequence
from typing import Any

from mailmax.datamax.activity import ActivityFile
from mailmax.datamax.activity_desk import ActivityDesk
from mailmax.datamax.node_desk import NodeDesk
from mailmax.datamax.probe_desk import About, ProbeDesk
from mailmax.datamax.status_desk import StatusDesk
from mailmax.datamax.summary_desk import SummaryDesk
from mailmax.datamax.wiring.common import Common
from mailmax.datamax.wiring.handlers import Handlers, for_anybody, together
from mailmax.hub.contract.activity import ReportActivity
from mailmax.hub.contract.checks import FindingView
from mailmax.hub.local_look import LocalLook


class Views:
    """The desks of what is looked at."""

    def __init__(self, common: Common) -> None:
        """Make them."""
        self._common = common
        plan, database, settings = common.plan, common.database, common.settings
        self._status = StatusDesk(
            database, common.book, common.publisher, common.name, settings
        )
        self.summary = SummaryDesk(
            common.book,
            settings,
            common.name,
            plan.node,
            plan.queue,
            plan.stopped,
            common.has_first_password,
        )
        about = About(settings, common.name, common.own_name.find)
        self.probes = ProbeDesk(database, common.relays, common.domains, about)
        look = LocalLook(plan.local, self._judge_this_computer).look
        self._nodes = NodeDesk(database, look, common.members, common.relays)
        self.activity = ActivityDesk(ActivityFile(plan.activity))

    def answers(self) -> Handlers:
        """Return who answers what."""
        return together(
            for_anybody(
                self._status.answers(),
                self.summary.answers(),
                self._common.relays.answers(),
                self._nodes.answers(),
                self.probes.answers(),
                self.activity.answers(),
            ),
            {ReportActivity: self.activity.report},
        )

    def chores(self) -> tuple[Coroutine[Any, Any, None], ...]:
        """Return what is done for as long as the hub runs."""
        return (self.activity.write_often(),)

    def _judge_this_computer(self) -> Sequence[FindingView]:
        return self._common.plan.judge(self._common.settings["hostname"])
