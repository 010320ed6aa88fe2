"""The whole plan of a record, and what comes of what was filed.

Theory:
    `workflow` says who gets the message; here the other reasons for mail join in:
    reports to the sender and their copies, automatic answers, notes of rules, copies
    that full boxes refuse, notices that a box is nearly full or that forwards are not
    made.
"""

import time
from collections.abc import Iterator, Sequence

from mailmax.base.postmaster import is_copy
from mailmax.base.virus import is_infected
from mailmax.filer import reports, workflow
from mailmax.filer.autoreply import Autoresponder
from mailmax.filer.directory import Directory
from mailmax.filer.expansion import Failed
from mailmax.filer.infected import Infected
from mailmax.filer.keeping import Keeping
from mailmax.filer.notices import Notices
from mailmax.filer.postmaster import Postmaster
from mailmax.filer.reports import Case
from mailmax.filer.rule_letters import by_rules, notes
from mailmax.filer.workflow import Filing, Plan
from mailmax.store.mailboxes.port import Store
from mailmax.store.quarantine import Quarantine
from mailmax.store.spool.port import Record


class Planner:
    """Plans for one filer."""

    def __init__(
        self, store: Store, directory: Directory, quarantine: Quarantine
    ) -> None:
        """Take what is asked.

        Args:
            store: Where it is remembered what was done lately.
            directory: The hub's tables.
            quarantine: Where infected mail is kept.
        """
        self.keeping = Keeping(directory, quarantine)
        self._infected = Infected(directory, self.keeping, self._plan_whole)
        self._directory = directory
        self._notices = Notices(store, directory)
        self._autoresponder = Autoresponder(store, directory)
        self._postmaster = Postmaster(directory)

    def plan(self, record: Record, body: bytes | memoryview) -> Plan:
        """Plan a record.

        Raises:
            TemporaryFailure: The disk refuses; to be done again as a whole.
        """
        if is_copy(record.envelope) and not record.envelope.step:
            plan = self._postmaster.take(record, body)
            self._count(plan)
            return plan
        treated = self._infected.plan(record, body)
        plan = self._plan_whole(record, body, ()) if treated is None else treated
        self._count(plan)
        return plan

    def _plan_whole(
        self, record: Record, body: bytes | memoryview, chunks: Sequence[bytes]
    ) -> Plan:
        """Plan a message for its recipients, with what comes of it."""
        plan = workflow.plan(record, body, self._directory, chunks)
        for one in self._consequences(plan, record, body):
            plan.add(one)
        if plan.held_back:
            plan.filings += self._notices.held_back(record, plan.held_back)
        return plan

    def follow_up(
        self,
        filed: Sequence[Filing],
        refused: Sequence[Filing],
        told: Sequence[Filing],
    ) -> list[Plan]:
        """Plan what comes of what was filed.

        Args:
            filed: Deliveries that were tried.
            refused: Copies that full boxes refused.
            told: Deliveries that were made, and whose senders asked to hear of it.
        """
        plans = [self._after_refusal(filing) for filing in refused]
        plans += [reports.delivered(filing, self._directory) for filing in told]
        plans += self._notices.after(filed)
        for plan in plans:
            self._count(plan)
        return plans

    def _consequences(
        self, plan: Plan, record: Record, body: bytes | memoryview
    ) -> Iterator[Plan]:
        """Yield the other mail that a record brings about."""
        if plan.failed or plan.expanded:
            case = reports.case_of_record(record, body)
            if plan.failed:
                yield from self._returned(plan.failed, case)
            if plan.expanded:
                yield reports.expanded(plan.expanded, case, self._directory)
        wishes = [*self._autoresponder.own(plan.answering)]
        wishes += by_rules(plan.ruled, self._directory)
        if wishes and not is_infected(record.envelope.facts):
            yield from self._autoresponder.answer(record, body, wishes)
        if any(outcome.notes for _, outcome in plan.ruled):
            yield notes(record, body, plan.ruled, self._directory)

    def _returned(self, failed: Sequence[Failed], case: Case) -> Iterator[Plan]:
        told = reports.failed(failed, case, self._directory)
        yield told
        is_told = bool(told.filings or told.entries)
        yield self._postmaster.copy(failed, case, is_told=is_told)

    def _after_refusal(self, filing: Filing) -> Plan:
        plan = reports.refused(filing, self._directory)
        case = reports.case_of_filing(filing)
        is_told = len(plan.filings) > len(filing.instead) or bool(plan.entries)
        plan.add(self._postmaster.copy([reports.full(filing)], case, is_told=is_told))
        return plan

    def _count(self, plan: Plan) -> None:
        """Count what is sent on; nothing fails any more and is planned again."""
        if plan.sending:
            self._directory.allowance.add(plan.sending)
        if plan.fired:
            self._directory.hits.add(plan.fired, time.time())
