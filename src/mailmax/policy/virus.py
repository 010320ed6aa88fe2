"""What becomes of mail that a virus was found in, or that nobody could look at.

Theory:
    Two decisions. Before 250 (`judge`): is it refused, put off, or taken with what was
    found written down? After it (`treat`): what is done for the recipients whose mail
    is checked.

Rules:
    Infected mail never reaches a recipient whose mail is checked, but without its
    infected parts; and it is never lost: where it goes to no address it is kept in
    quarantine (DECISIONS 27).
    A client that is a stranger is refused while it waits, so that no report is ever
    written (TRUST K4); not where some recipient gets the message as it is.
    A scanner that fails finds neither a virus nor none (TRUST J4).

Manual: 4.10, 4.11; DECISIONS 27, 28.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from mailmax.base.result import Accepted, Decision, Deferral, Reason, Refusal
from mailmax.base.virus import Finding

WhenDown = Literal["defer", "pass"]
Unscanned = Literal["copy", "pass", "refuse"]
Strangers = Literal["by_actions", "refuse", "accept"]

_YES = Accepted()
_AWAY = Deferral(Reason.SCANNER_AWAY)


@dataclass(frozen=True, slots=True)
class Actions:
    """What is set for infected mail (manual 4.11)."""

    alert_to: str = ""
    quarantine_to: str = ""
    quarantine_in: bool = False
    quarantine_out: bool = False
    notify_sender: bool = False
    notify_recipient: bool = False
    disinfect: bool = False

    def quarantine_for(self, *, is_outbound: bool) -> str:
        """Return the address that infected mail goes to; empty: none."""
        is_on = self.quarantine_out if is_outbound else self.quarantine_in
        return self.quarantine_to if is_on else ""

    @property
    def are_for_inbound(self) -> bool:
        """Something is to be done with mail that comes in."""
        return bool(
            self.alert_to
            or self.quarantine_for(is_outbound=False)
            or self.notify_recipient
            or self.disinfect
        )


def actions_of(setting: Callable[[str], Any]) -> Actions:
    """Return what is set for infected mail; `setting` gives values of the system."""
    return Actions(
        setting("virus_alert_to"),
        setting("virus_quarantine_to"),
        setting("virus_quarantine_in"),
        setting("virus_quarantine_out"),
        setting("virus_notify_sender"),
        setting("virus_notify_recipient"),
        setting("virus_disinfect"),
    )


@dataclass(frozen=True, slots=True)
class Reception:
    """What is known of a message when the scanner has answered."""

    is_ours: bool
    """The client has logged in or is trusted."""
    is_for_others: bool
    """Some recipient's mail is not checked."""


def judge(
    finding: Finding,
    reception: Reception,
    actions: Actions,
    unscanned: Unscanned,
    strangers: Strangers,
) -> Decision:
    """Decide whether a message is taken, now that it was looked at."""
    if finding.verdict in ("clean", "failed") or reception.is_for_others:
        return _YES
    if finding.verdict == "unscanned":
        refused = unscanned == "refuse"
        why = f"It cannot be looked at for viruses: {finding.words}"
        return Refusal(Reason.NOT_SCANNABLE, why) if refused else _YES
    if reception.is_ours or strangers == "accept":
        return _YES
    if strangers == "by_actions" and actions.are_for_inbound:
        return _YES
    return Refusal(Reason.INFECTED, f"A virus was found in it: {finding.words}")


def judge_trouble(words: str, when_down: WhenDown) -> Finding | Deferral:
    """Decide what follows when the scanner gave no answer that counts."""
    if when_down == "defer":
        return _AWAY
    return Finding("failed", f"the scanner failed: {words}")


@dataclass(frozen=True, slots=True)
class Treatment:
    """What is done with an infected message for those whose mail is checked."""

    clean_parts: tuple[int, ...]
    """They get the rest without these; empty: they get nothing."""
    send_to: str
    """The message as it is goes there; empty: into quarantine."""
    alert_to: str
    tell_sender: bool
    tell_recipients: bool


def treat(finding: Finding, actions: Actions) -> Treatment:
    """Decide what is done."""
    parts = tuple(finding.parts) if actions.disinfect else ()
    return Treatment(
        parts,
        actions.quarantine_for(is_outbound=finding.is_outbound),
        actions.alert_to,
        actions.notify_sender and finding.is_outbound,
        actions.notify_recipient,
    )
