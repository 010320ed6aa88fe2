"""Mail that QueueMax could not take over: put aside, for people to look at.

Theory:
    What is to be sent lies in a journal until it is kept or sent. A message that
    QueueMax cannot even admit (a defect of ours, or a damaged one) must not hold the
    journal up for ever, nor be lost with it. So it is copied here, and then it is the
    administrator's.

    ::

        <journal>.<number>.<digest>.eml    the message, unless it cannot be read
        <journal>.<number>.<digest>.json   envelope and reason, written last

Rules:
    Durable on return. A replay writes the same names again. Nothing here is removed
    but by people.
"""

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import msgspec

from mailmax.base.envelope import Envelope, Origin
from mailmax.base.errors import TemporaryFailure
from mailmax.store.atomic import Octets, failures, make_directories, write_atomic


class Quarantine:
    """The directory ``corrupt/`` of one queue."""

    def __init__(self, directory: Path) -> None:
        """Name it; made when it is first needed.

        Args:
            directory: Where the files go.
        """
        self.directory = directory

    def keep(
        self, origin: Origin, envelope: Envelope, body: Octets | None, reason: str
    ) -> Path:
        """Put a message aside; blocks.

        Args:
            origin: Where it was first promised.
            envelope: All that is known of it.
            body: None where it cannot be read.
            reason: Why, in a line.

        Returns:
            The file with its envelope.

        Raises:
            StorageFull: There is no room; it is not here.
            TemporaryFailure: It may or may not be here.
        """
        digest = blake2b(msgspec.msgpack.encode(envelope), digest_size=4).hexdigest()
        name = f"{origin.journal.hex()}.{origin.number}.{digest}"
        path = self.directory / f"{name}.json"
        described = {
            "reason": reason,
            "reverse_path": envelope.reverse_path,
            "recipients": [
                {"address": one.address, "user_id": one.user_id, "folder": one.folder}
                for one in envelope.recipients
            ],
            "received_at": envelope.received_at_ms / 1000,
            "step": envelope.step,
            "body": None if body is None else f"{name}.eml",
            "envelope": envelope,
        }
        text = msgspec.json.format(msgspec.json.encode(described)) + b"\n"
        with failures("a message could not be put aside"):
            make_directories(self.directory)
            if body is not None:
                write_atomic(self.directory / f"{name}.eml", body)
            write_atomic(path, text)
        return path

    def kept(self) -> Sequence[Path]:
        """Return the envelopes of all that lies here."""
        try:
            return sorted(self.directory.glob("*.json"))
        except OSError as error:
            raise TemporaryFailure("what was put aside cannot be read") from error
