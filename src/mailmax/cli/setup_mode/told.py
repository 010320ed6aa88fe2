"""What the process that founds a system tells the one that serves the wizard."""

from typing import Final

import msgspec

MOST_OCTETS: Final = 1 << 16
"""Of answers, and of what is told."""


class Refused(msgspec.Struct, frozen=True, tag="refused", tag_field="state"):
    """It cannot be done so."""

    field: str
    reason: str
    cure: str


class Founded(msgspec.Struct, frozen=True, tag="founded", tag_field="state"):
    """It is there, and about to be started."""

    passwords: dict[str, str]
    """Those that were made up."""
    note: str
    place: str
    """Where its pages will be."""


class Ready(msgspec.Struct, frozen=True, tag="ready", tag_field="state"):
    """It runs."""

    address: str
    """Signs in, once; empty: nobody could make a link."""


Told = Refused | Founded | Ready

encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Told)

MISTAKE = Refused("", "that is a mistake of ours", "look at what serve has printed")


def decode(octets: bytes) -> Told:
    """Return what was told; of one who cannot tell any more, that."""
    try:
        told: Told = _decoder.decode(octets)
    except msgspec.DecodeError:
        return MISTAKE
    return told
