"""The whole plan of a record, and what comes of what was filed.

Theory:
    `workflow` says who gets the message; here the other reasons for mail join in:
    reports to the sender, automatic answers, copies that full boxes refuse, notices
    that a box is nearly full or that forwards are not made.
"""

from collections.abc import Sequence

from mailmax.filer import reports, workflow
from mailmax.filer.autoreply import Autoresponder
from mailmax.filer.directory import Directory
from mailmax.filer.notices import Notices
from mailmax.filer.workflow import Filing, Plan
from mailmax.store.mailboxes.port import Store
from mailmax.store.spool.port import Record


class Planner:
    """Plans for one filer."""

    def __init__(self, store: Store, directory: Directory) -> None:
        """Take what is asked.

        Args:
            store: Where it is remembered what was done lately.
            directory: The hub's tables.
        """
        self._directory = directory
        self._notices = Notices(store, directory)
        self._autoresponder = Autoresponder(store, directory)

    def plan(self, record: Record, body: bytes | memoryview) -> Plan:
        """Plan a record.

        Raises:
            TemporaryFailure: The disk refuses; to be done again as a whole.
        """
        plan = workflow.plan(record, body, self._directory)
        made: list[Plan] = []
        if plan.failed:
            told = reports.report(plan.failed, record, body, self._directory)
            made.append(told)
        if plan.answering:
            made += self._autoresponder.answer(record, body, plan.answering)
        for one in made:
            plan.filings += one.filings
            plan.entries += one.entries
            plan.sending += one.sending
            plan.held_back += one.held_back
        if plan.held_back:
            plan.filings += self._notices.held_back(record, plan.held_back)
        self._count(plan)
        return plan

    def follow_up(
        self, filed: Sequence[Filing], refused: Sequence[Filing]
    ) -> list[Plan]:
        """Plan what comes of what was filed, and of copies that were refused."""
        plans = [reports.refused(filing, self._directory) for filing in refused]
        plans += self._notices.after(filed)
        for plan in plans:
            self._count(plan)
        return plans

    def _count(self, plan: Plan) -> None:
        """Count what is sent on; nothing fails any more and is planned again."""
        if plan.sending:
            self._directory.allowance.add(plan.sending)
