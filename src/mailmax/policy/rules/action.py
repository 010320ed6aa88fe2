"""What a rule does: its actions, one struct for each kind.

Theory:
    As `condition`: objects that say their ``kind``, whole or still without values.

Manual: 8.2; DECISIONS 24, 26.
"""

import msgspec


class Store(msgspec.Struct, frozen=True, tag_field="kind", tag="store"):
    """File it in a mailbox in place of INBOX."""

    mailbox: str = ""
    """Empty, or ``inbox`` in any case: INBOX. Levels are parted by ``/``."""


class Forward(msgspec.Struct, frozen=True, tag_field="kind", tag="forward"):
    """Send a copy to each address."""

    addresses: tuple[str, ...] = ()


class Discard(msgspec.Struct, frozen=True, tag_field="kind", tag="discard"):
    """File no copy in INBOX, unless another action says so."""


class DiscardAttachment(
    msgspec.Struct, frozen=True, tag_field="kind", tag="discard_attachment"
):
    """Take every attached file out of it."""


class RespondText(msgspec.Struct, frozen=True, tag_field="kind", tag="respond_text"):
    """Answer the sender."""

    name: str = ""
    """Who answers: a display name, or none."""
    reply_address: str = ""
    """Empty: the recipient's."""
    subject: str = ""
    """Empty: ``Auto:`` and the subject of what is answered."""
    text: str = ""


class RespondFile(msgspec.Struct, frozen=True, tag_field="kind", tag="respond_file"):
    """Answer the sender with what a file says."""

    name: str = ""
    reply_address: str = ""
    subject: str = ""
    path: str = ""


class TerminateOtherRules(
    msgspec.Struct, frozen=True, tag_field="kind", tag="terminate"
):
    """Apply no rule that comes after this one, of any level."""


class NoteToSelf(msgspec.Struct, frozen=True, tag_field="kind", tag="note"):
    """Send the recipient a note."""

    name: str = ""
    reply_address: str = ""
    subject: str = ""
    """Empty: the name of the rule."""
    text: str = ""


class RunProgram(msgspec.Struct, frozen=True, tag_field="kind", tag="run_program"):
    """Run a program; what it does to its files changes nothing."""

    command: str = ""
    """With ``%F`` or ``%M``, as of `condition.ExternalTest`."""


Action = (
    Store
    | Forward
    | Discard
    | DiscardAttachment
    | RespondText
    | RespondFile
    | TerminateOtherRules
    | NoteToSelf
    | RunProgram
)
