"""What a watcher is shown of the commands of a client: never a secret.

Theory:
    A login is shown by its words, and what it proves by ``****``. A client whose login
    was refused may send its proof all the same, where we take it for a command: what
    is no command there is not shown at all, until there is one again (`Guard`).
    So it is with the content of a message that was refused.

Rules:
    Of what is no command only its first word is shown, as it may be a login of
    another protocol (TRUST N2), and only where it looks like the verb of one: a word
    that stands alone may be a password.
"""

from mailmax.wire.sasl.mechanisms import MECHANISMS

HIDDEN = b"****"
_VERB_OCTETS = 12
"""AUTHENTICATE; tags of IMAP are shorter."""


class Guard:
    """Knows whether a secret may come unasked."""

    __slots__ = ("_is_up", "has_hidden")

    def __init__(self) -> None:
        """Begin with care: what was said before nobody knows."""
        self._is_up = True
        self.has_hidden = False
        """Nothing was shown of what was said last."""

    def rise(self) -> None:
        """What is no command now may be the proof of a login, or content."""
        self._is_up = True
        self.has_hidden = False

    def fall(self) -> None:
        """The client says commands."""
        self._is_up = self.has_hidden = False

    def strange(self, line: bytes) -> bytes:
        """Return what is shown of a line that is no command."""
        self.has_hidden = self._is_up
        return HIDDEN if self._is_up else _only_verb(line)


def only_first(line: bytes) -> bytes:
    """Return the first word, and whether there was more."""
    word, space, _ = line.partition(b" ")
    return word + b" " + HIDDEN if space else word


def _only_verb(line: bytes) -> bytes:
    """Return the first word if it is like a verb; the rest is hidden."""
    word, space, _ = line.partition(b" ")
    is_verb = space and word.isalnum() and len(word) <= _VERB_OCTETS
    return word + b" " + HIDDEN if is_verb else HIDDEN


def hide_proof(verb: bytes, rest: bytes) -> bytes:
    """Return AUTH or AUTHENTICATE without what stands behind the mechanism."""
    mechanism, _, initial = rest.strip(b" ").partition(b" ")
    if mechanism.upper() not in MECHANISMS:
        return verb + b" " + HIDDEN if mechanism else verb
    return b"%b %b%b" % (verb, mechanism, b" " + HIDDEN if initial else b"")
