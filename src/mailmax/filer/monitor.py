"""Who watches a message: the monitor accounts of the domains it belongs to (DOM-6).

Theory:
    Mail is a domain's when a recipient, the reverse-path or the authenticated sender
    is in it; recipients are also those whom forwards lead to. Each monitor gets one
    copy into INBOX, however many domains and recipients: user and origin are the key.

Rules:
    The copy goes there and no farther: no forwards, no answer, so it makes no mail
    and no circle. Nobody is told of it: it is filed even into a full box, and where it
    is stuck its envelope has the null reverse-path.

Manual: 6.2.
"""

from collections.abc import Iterable, Sequence

from mailmax.base.address import parse_address
from mailmax.base.envelope import Envelope, Recipient
from mailmax.filer.directory import Directory
from mailmax.filer.expansion import Copy


def watching(
    envelope: Envelope, copies: Sequence[Copy], directory: Directory
) -> Sequence[Copy]:
    """Return the copies of monitors who do not get the message anyhow.

    Args:
        envelope: Of the message.
        copies: Who gets it.
        directory: The tables.
    """
    if not directory.has_monitors():
        return ()
    served = {one.owner.user_id for one in copies if not one.recipient.folder}
    addresses = {*_parties(envelope, directory), *(one.owner.address for one in copies)}
    numbers = {directory.monitor_of(parse_address(one).domain) for one in addresses}
    owners = [directory.user_by_id(number) for number in sorted(numbers - served)]
    return [
        Copy(Recipient(owner.address, owner.user_id), owner)
        for owner in owners
        if owner is not None
    ]


def _parties(envelope: Envelope, directory: Directory) -> Iterable[str]:
    """Yield the addresses on the envelope, and that of who handed it in."""
    yield envelope.reverse_path
    for recipient in envelope.recipients:
        yield recipient.address
    sender = directory.user_by_id(envelope.client.user_id)
    if sender is not None:
        yield sender.address
