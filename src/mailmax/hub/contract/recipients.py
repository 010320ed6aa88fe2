"""Is there such a recipient? SMTPMax asks QueueMax, which asks the better server."""

from typing import Literal

from mailmax.hub.contract.message import Denied, Message, Request

Found = Literal["taken", "refused", "unsure"]


class RecipientChecked(Message, frozen=True, array_like=True, tag=202):
    """What the server that the mail is for said of a recipient."""

    found: Found
    """Unsure: it is not known, and mail is to be taken."""
    keep_s: float = 0.0
    """For how long that is good."""


class CheckRecipient(
    Request[RecipientChecked | Denied], frozen=True, array_like=True, tag=203
):
    """Does the better server of a domain take mail for this address?"""

    address: str
    """In a domain of ours of the kind backup or relay that checks recipients."""
