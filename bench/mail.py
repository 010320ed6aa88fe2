"""The mail that is sent: the same for every peer, made before the clock runs."""

_TEXT = (
    "the quick brown fox jumps over a lazy dog while seven wizards quietly mix "
    "bright liquids for judges who vexed the king about many ordinary things"
)
_WORDS = _TEXT.split()
_LINE_OCTETS = 70


def message(number: int, size: int, recipient: str = "u0@bench.test") -> bytes:
    """Make one message of about `size` octets; no two numbers give the same."""
    head = (
        f"Received: from relay.example.org (relay.example.org [192.0.2.7])\r\n"
        f"\tby mx.example.org with ESMTPS id {number:08x}\r\n"
        f"\tfor <{recipient}>; Sun, 22 Nov 2026 16:39:58 +0000\r\n"
        f'From: "Sender {number % 97}" <sender{number % 97}@example.org>\r\n'
        f"To: {recipient}\r\n"
        f"Subject: Report {number} on {_WORDS[number % len(_WORDS)]}\r\n"
        f"Date: Sun, 22 Nov 2026 16:{number % 60:02d}:00 +0000\r\n"
        f"Message-ID: <{number}.bench@example.org>\r\n"
        f"MIME-Version: 1.0\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    )
    lines: list[str] = []
    length = len(head)
    at = number
    while length < size:
        line = ""
        while len(line) < _LINE_OCTETS:
            line += _WORDS[at % len(_WORDS)] + " "
            at = at * 7 % 1_000_003 + 1
        lines.append(line)
        length += len(line) + 2
    return (head + "\r\n".join(lines) + "\r\n").encode()


def pool(size: int, count: int = 64) -> list[bytes]:
    """Make messages to be sent in turn."""
    return [message(number, size) for number in range(count)]
