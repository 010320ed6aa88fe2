"""The attached files of a message, as a program is given them."""

from collections.abc import Sequence

from mailmax.message import attachments
from mailmax.message.part import scan
from mailmax.net.children.directory import Given


def attached_files(octets: bytes) -> Sequence[Given]:
    """Return the attached files of a message; takes a while for a large one."""
    tree = scan(octets)
    return [
        Given(attachments.decode(tree, one), one.name) for one in attachments.find(tree)
    ]
