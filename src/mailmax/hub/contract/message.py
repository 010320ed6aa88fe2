"""The words of every conversation with the hub, and two answers that all share.

Rules:
    All are tagged, array-like structs: new fields go at the end with a default.
    A refusal is a `Denied` with field, reason and cure. Passwords travel in `Secret`,
    which shows nothing of itself; everything else may be traced.
"""

from typing import Generic, Literal, TypeVar

import msgspec

AnswerT_co = TypeVar("AnswerT_co", covariant=True)


class Message(msgspec.Struct, frozen=True, array_like=True):
    """Anything that is said."""


class Request(Message, Generic[AnswerT_co], frozen=True, array_like=True):
    """Something that is answered once, by an `AnswerT_co`."""


class Secret(msgspec.Struct, frozen=True, array_like=True):
    """Text that no repr, log or traceback shows."""

    value: str

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__


class Done(Message, frozen=True, array_like=True, tag=1):
    """Carried out, nothing to tell."""


class Denied(Message, frozen=True, array_like=True, tag=2):
    """Not carried out, and why: the field, the reason and the cure, in plain words."""

    kind: Literal[
        "bad_value", "not_found", "conflict", "not_allowed", "wrong_password", "later"
    ]
    """`later` becomes a `TemporaryFailure` at the client."""
    field: str
    reason: str
    cure: str = ""

    def __str__(self) -> str:
        words = f"{self.field}: {self.reason}" if self.field else self.reason
        return f"{words}; {self.cure}" if self.cure else words
