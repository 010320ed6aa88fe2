"""Replies: a code, an enhanced code, and words.

Rules:
    The words never contain what the client sent, and whatever they contain, what
    leaves is printable ASCII, one line for each line of text (TRUST A10, N1).

Standards:
    RFC 5321 §4.2 (replies), RFC 2034 and RFC 3463 (enhanced codes).
"""

import msgspec


class Reply(msgspec.Struct, frozen=True):
    """One reply to one command."""

    code: int
    enhanced: str = ""
    """``class.subject.detail``; empty where RFC 2034 §4 wants none."""
    text: str = ""
    """One line, or several with LF between them."""

    @property
    def is_positive(self) -> bool:
        """Whether the command did what it should (2yz, 3yz)."""
        return self.code < 400

    def encode(self) -> bytes:
        """Give the octets to send, CRLF included."""
        head = f"{self.enhanced} " if self.enhanced else ""
        if "\n" not in self.text:
            return f"{self.code} {head}{printable(self.text)}\r\n".encode()
        lines = [head + printable(line) for line in self.text.split("\n")]
        octets = "".join(f"{self.code}-{line}\r\n" for line in lines[:-1])
        return f"{octets}{self.code} {lines[-1]}\r\n".encode()


def printable(text: str) -> str:
    """Give text as printable ASCII; anything else becomes a question mark."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if " " <= c <= "~" else "?" for c in text)


# What the machine itself says.
OK = Reply(250, "2.0.0", "OK")
BYE = Reply(221, "2.0.0", "Good-bye")
GO_AHEAD = Reply(354, "", "Send the message, end with a dot alone on a line")
READY_FOR_TLS = Reply(220, "2.0.0", "Ready to start TLS")
LOGGED_IN = Reply(235, "2.7.0", "Welcome")
SENDER_OK = Reply(250, "2.1.0", "Sender accepted")
RECIPIENT_OK = Reply(250, "2.1.5", "Recipient accepted")
CANNOT_VERIFY = Reply(252, "2.5.2", "Cannot verify, but will take mail and try")
HELP = Reply(214, "2.0.0", "See RFC 5321")

UNKNOWN_COMMAND = Reply(500, "5.5.1", "Command not recognised")
LINE_TOO_LONG = Reply(500, "5.5.2", "Line too long")
BARE_LINE_END = Reply(500, "5.5.2", "Lines end with CR LF")
SYNTAX = Reply(501, "5.5.4", "Syntax error in parameters")
NOT_IMPLEMENTED = Reply(502, "5.5.1", "Command not offered")
BAD_REVERSE_PATH = Reply(501, "5.1.7", "Not a sender address")
BAD_FORWARD_PATH = Reply(501, "5.1.3", "Not a recipient address")
NOT_ASCII = Reply(553, "5.6.7", "Address needs SMTPUTF8")
NO_PARAMETERS = Reply(555, "5.5.4", "Parameters are taken after EHLO only")
NOT_MAIL = Reply(554, "5.5.1", "This is a mail server")
TOO_EARLY = Reply(554, "5.5.1", "You spoke before the greeting")
SPOILED = Reply(550, "5.5.2", "A CR or LF stands alone in the message")
CHUNK_UNREADABLE = Reply(501, "5.5.4", "Chunk size not readable, closing")
CHUNK_TOO_LARGE = Reply(552, "5.3.4", "Chunk too large, closing")
TOO_MANY_RECIPIENTS = Reply(452, "4.5.3", "Too many recipients")
TOO_MANY_ERRORS = Reply(421, "4.7.0", "Too many errors")
NO_MECHANISM = Reply(504, "5.5.4", "Mechanism not offered")
NEEDS_ENCRYPTION = Reply(538, "5.7.11", "Use STARTTLS before logging in")
BAD_RESPONSE = Reply(501, "5.5.2", "Not a valid response")
CANCELLED = Reply(501, "5.7.0", "Login cancelled")
NOT_ONESELF = Reply(535, "5.7.8", "Login failed")
NODE_NOT_ALLOWED = Reply(459, "4.7.1", "Not allowed for that domain")
TALK_BEHIND_STARTTLS = Reply(554, "5.5.1", "You spoke on behind STARTTLS")
TOO_HASTY = Reply(554, "5.5.1", "You spoke on before you were answered")


def unreadable(parameter: str) -> Reply:
    """Say which parameter cannot be read; empty: it is something else."""
    if not parameter:
        return SYNTAX
    return Reply(501, "5.5.4", f"Parameter {parameter} not readable")


def unknown(parameter: str) -> Reply:
    """Say which parameter is not taken here, or not in that form."""
    return Reply(555, "5.5.4", f"Parameter {parameter} not recognised")
