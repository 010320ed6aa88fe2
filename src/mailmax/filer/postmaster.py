"""Copies of reports of failure for the postmaster (QUE-5), where that is on.

Theory:
    Two kinds: a copy of each report that a sender got, and word of what could be told
    to no sender (a report or an automatic answer that fails itself: the reverse-path
    is null, or nobody's). QueueMax's come through its journal, the filer's are made
    here. Only the header of the message is in them.

Rules:
    The postmaster is a user, by name or alias; without one nothing happens. The copy
    has the null reverse-path, a full box refuses it, and nobody is ever told what
    becomes of it (`base.postmaster`). Forwards are followed.

Limits:
    60 an hour (`policy.copies`); what is more is said in the log.

Manual: §4.4.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import replace

from mailmax.base.postmaster import is_copy
from mailmax.filer import own_mail, reports
from mailmax.filer.directory import Directory
from mailmax.filer.expansion import Failed
from mailmax.filer.own_mail import Letter
from mailmax.filer.reports import Case
from mailmax.filer.whole import derived_origin
from mailmax.filer.workflow import Plan
from mailmax.message.dsn.write import write
from mailmax.policy.copies import CopyBudget
from mailmax.policy.notification import Event, wants
from mailmax.store.spool.port import Record

_log = logging.getLogger("mailmax.filer")


class Postmaster:
    """Gives the postmaster what is due."""

    def __init__(self, directory: Directory) -> None:
        """Begin with a full budget.

        Args:
            directory: Says who the postmaster is.
        """
        self._directory = directory
        self._budget = CopyBudget()

    def take(self, record: Record, body: bytes | memoryview) -> Plan:
        """File a copy that QueueMax made."""
        text = bytes(body[record.envelope.return_path_octets :])
        at_ms = record.envelope.received_at_ms
        return self._post(Letter(text, record.origin, at_ms, is_copy=True))

    def copy(self, found: Sequence[Failed], case: Case, *, is_told: bool) -> Plan:
        """Copy a report of the filer's, or say what could be told to nobody.

        Args:
            found: Recipients that failed.
            case: The message.
            is_told: The sender got a report.
        """
        path = case.envelope.reverse_path
        about = [
            one for one in found if not path or wants(one.recipient, Event.FAILURE)
        ]
        owner = self._directory.postmaster() if about else None
        if owner is None or is_copy(case.envelope):
            return Plan()
        purpose = reports.purpose_of(about, case.envelope) + b" postmaster"
        name = derived_origin(case.origin, purpose)
        statuses = [reports.status_of(one) for one in about]
        report = replace(
            reports.compose(name, statuses, case, self._directory.hostname()),
            postmaster=owner.address,
            reverse_path=path if is_told else "",
            return_full=False,
        )
        at_ms = case.envelope.received_at_ms
        return self._post(Letter(write(report), name, at_ms, is_copy=True))

    def _post(self, letter: Letter) -> Plan:
        owner = self._directory.postmaster()
        if owner is None or owner.is_disabled:
            return Plan()
        if not self._budget.grant(time.monotonic()):
            _log.warning("the postmaster has had enough copies of reports this hour")
            return Plan()
        return own_mail.post(letter, owner.address, self._directory)
