"""Telling users that their boxes are nearly full, or that forwards are not made.

Theory:
    **Nearly full** (GEN-7, DOM-7). After filing, for users with a limit and where
    notices are on: when less than the threshold is left, the user's mailboxes are
    asked whether that was told already. It is told once a crossing and at most once a
    day: each look that finds more room rearms the notice.

    **Held back** (TRUST K7). When a message is not sent on because a user has sent
    all that may be sent in a day: once a day.

Rules:
    That it was told is durable before it is filed, and the same message gives the same
    notice, so that recovery can make it whole. It goes into the user's own INBOX, even
    a full one, and no farther. A memory that cannot be written holds up nothing.

Manual: 4.1, 6.2, 7.2; TRUST K7, K8.
"""

import logging
from collections.abc import Sequence

from mailmax.base.envelope import Origin, Recipient
from mailmax.base.errors import Failure
from mailmax.base.ids import UserId
from mailmax.base.units import DAY_S
from mailmax.filer import own_mail
from mailmax.filer.directory import Directory
from mailmax.filer.expansion import Copy
from mailmax.filer.own_mail import Letter
from mailmax.filer.whole import derived_origin
from mailmax.filer.workflow import Filing, Plan
from mailmax.hub.contract.rows import MOVING, UserRow
from mailmax.message import notice
from mailmax.message.notice import HELD_BACK, Notice, Words
from mailmax.policy.quota import is_nearly_full
from mailmax.policy.sending import day_of
from mailmax.store.mailboxes.delivery import Deed
from mailmax.store.mailboxes.port import Store
from mailmax.store.spool.port import Record

_WHAT = b"over-limit notice"

_log = logging.getLogger("mailmax.filer")


class Notices:
    """Looks at boxes after mail was filed into them."""

    def __init__(self, store: Store, directory: Directory) -> None:
        """Take what is asked."""
        self._store = store
        self._directory = directory

    def after(self, filed: Sequence[Filing]) -> list[Plan]:
        """Return the notices that are due after some filings."""
        if not self._directory.has_notices():
            return []
        plans = []
        for filing in filed:
            user = self._directory.user_by_id(filing.recipient.user_id)
            if user is None or not user.box_limit_octets or user.flags & MOVING:
                continue
            try:
                plan = self._look(user, filing)
            except Failure as failure:
                _log.error("no notice for %s: %s", user.address, failure.text)
                continue
            if plan is not None:
                plans.append(plan)
        return plans

    def held_back(self, record: Record, users: Sequence[UserRow]) -> list[Filing]:
        """Return the notices to users whose forwards were not made.

        Args:
            record: The message that was not sent on.
            users: Who would have sent it.
        """
        at_ms = record.envelope.received_at_ms
        filings = []
        for user in users:
            _log.warning("%s has sent too much today to forward more", user.address)
            if user.flags & MOVING:
                continue
            what = b"held back on day %d" % day_of(at_ms / 1000)
            deed = Deed(what, at_ms / 1000, 2 * DAY_S, record.origin)
            try:
                is_new = self._store.once(UserId(user.user_id), user.home, deed)
            except Failure as failure:
                _log.error("no notice for %s: %s", user.address, failure.text)
                continue
            if is_new:
                origin = derived_origin(record.origin, b"held back %d" % user.user_id)
                filings.append(self._write(user, origin, at_ms, HELD_BACK))
        return filings

    def _look(self, user: UserRow, filing: Filing) -> Plan | None:
        domain = user.address.rpartition("@")[2]
        measure, threshold = self._directory.notice_for(domain)
        user_id, home = UserId(user.user_id), user.home
        held = self._store.usage(user_id, home).octets
        if not is_nearly_full(user.box_limit_octets, held, measure, threshold):
            if measure != "none":
                self._store.rearm(user_id, home, _WHAT)
            return None
        at_ms = filing.envelope.received_at_ms
        deed = Deed(_WHAT, at_ms / 1000, DAY_S, filing.origin, until_rearmed=True)
        if not self._store.once(user_id, home, deed):
            return None
        origin = derived_origin(filing.origin, b"nearly full %d" % user.user_id)
        words = notice.nearly_full(user.box_limit_octets, measure, threshold)
        put = self._write(user, origin, at_ms, words)
        return Plan([put], is_follow_up=True)

    def _write(self, user: UserRow, origin: Origin, at_ms: int, words: Words) -> Filing:
        text = notice.write(
            Notice(
                to=user.address,
                host=self._directory.hostname(),
                token=f"{origin.journal.hex()}{origin.number}",
                at_s=at_ms // 1000,
                words=words,
            )
        )
        copy = Copy(Recipient(user.address, user.user_id), user)
        return own_mail.put(Letter(text, origin, at_ms), copy, self._directory)
