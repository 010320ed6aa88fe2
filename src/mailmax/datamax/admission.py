"""Who may administer from another computer, and who is put out (GEN-2, HUB-2).

Rules:
    What Housekeeping says is heard from who joined as Housekeeping alone, wherever it
    is: it deletes. What SMTPMax says for a client is heard from SMTPMax alone.
    Another system of the cluster asks for addresses and nothing else, wherever it is.
    What is said for who signed in is heard from the web alone, which changes nothing
    but for them; links to sign in without a password are made for commands alone. Who
    joined as an administrator may say for whom of another system: it may all itself.
    From another computer only who joined as an administrator may ask what
    administrators ask (`hub.codec`), while that is allowed; a service there never may,
    whatever is set.

Limits:
    Half a second between the refusal and the end, for the answer that is under way.

Manual: 4.1.
"""

import asyncio
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, get_args

from mailmax.datamax.audit_words import changes_something
from mailmax.datamax.member import Member
from mailmax.hub.codec import (
    FromAdministrators,
    FromCommands,
    FromElsewhere,
    FromHousekeeping,
    FromSmtpMax,
    FromWebAdmin,
)
from mailmax.hub.contract.cluster import CLUSTER, ShareAddresses
from mailmax.hub.contract.joining import ADMIN, HOUSEKEEPING, SMTPMAX, Hello
from mailmax.hub.contract.message import Denied, Message
from mailmax.hub.contract.presence import Presence
from mailmax.hub.contract.tables import Ack
from mailmax.hub.contract.web import WEBADMIN
from mailmax.policy.administration import why_not_from_elsewhere

LEAVE_S = 0.5
REMOTE_ADMINISTRATION = "remote_administration"

_ADMINISTRATION: frozenset[type] = frozenset(get_args(FromAdministrators))
_ONE_ROLE: Mapping[type, str] = {
    **dict.fromkeys(get_args(FromHousekeeping), HOUSEKEEPING),
    **dict.fromkeys(get_args(FromSmtpMax), SMTPMAX),
    **dict.fromkeys(get_args(FromWebAdmin), WEBADMIN),
    FromCommands: ADMIN,
    FromElsewhere: ADMIN,
    ShareAddresses: CLUSTER,
}
"""What only one service says."""
_ADMINISTERING = frozenset({ADMIN, WEBADMIN})
"""Who may administer at all."""
_NAMES = {
    HOUSEKEEPING: "Housekeeping",
    SMTPMAX: "SMTPMax",
    WEBADMIN: "the web",
    ADMIN: "a command of an administrator",
    CLUSTER: "another system of the cluster",
}
_CLUSTER: frozenset[type] = frozenset({Presence, ShareAddresses, Ack})
"""All that another system says."""


class Admission:
    """Decides who may administer."""

    def __init__(
        self,
        settings: Mapping[str, Any],
        members: AbstractSet[Member],
        has_first_password: Callable[[], bool],
    ) -> None:
        """Take what it looks at.

        Args:
            settings: Of the system, as they are now.
            members: Who is here, as it changes.
            has_first_password: Tells whether the host password was never changed.
        """
        self._settings = settings
        self._members = members
        self._has_first_password = has_first_password

    def to_join(self, member: Member, hello: Hello) -> Denied | None:
        """Say why somebody who knows the host password may not join."""
        if hello.role not in _ADMINISTERING or not member.is_elsewhere:
            return None
        return self._from_elsewhere()

    def to_say(self, member: Member, said: Message) -> Denied | None:
        """Say why a member may not say that."""
        kind = type(said)
        role = _ONE_ROLE.get(kind, member.role)
        if role != member.role:
            return Denied(
                "not_allowed",
                "role",
                f"only {_NAMES[role]} may say that",
                f"join as {role}",
            )
        if isinstance(said, FromElsewhere):
            return self.to_say(member, said.request)
        if member.is_another_system and kind not in _CLUSTER:
            return Denied(
                "not_allowed",
                "role",
                f"{_NAMES[CLUSTER]} asks for addresses and nothing else",
                "join as what you are",
            )
        if kind not in _ADMINISTRATION:
            return None
        if member.role == WEBADMIN and changes_something(said):
            return Denied(
                "not_allowed",
                "actor",
                "the web changes nothing by itself",
                "say for whom",
            )
        if not member.is_elsewhere:
            return None
        if member.role not in _ADMINISTERING:
            return Denied(
                "not_allowed",
                "role",
                "a service of another computer may not administer",
                "join as an administrator",
            )
        return self._from_elsewhere()

    def follow_setting(self) -> None:
        """Put out who may administer no more."""
        if self._from_elsewhere() is not None:
            asyncio.get_running_loop().call_later(LEAVE_S, self._put_out)

    def _from_elsewhere(self) -> Denied | None:
        bad = why_not_from_elsewhere(
            is_allowed=self._settings[REMOTE_ADMINISTRATION],
            has_first_password=self._has_first_password(),
        )
        if bad is None:
            return None
        return Denied("not_allowed", bad.field, bad.reason, bad.cure)

    def _put_out(self) -> None:
        why = self._from_elsewhere()  # it may be on again
        if why is None:
            return
        for member in tuple(self._members):
            if member.is_elsewhere and member.role in _ADMINISTERING:
                member.expel(why)
