r"""A report as octets: its header and its three parts.

Theory:
    Our own generator, because foreign text (addresses, replies of remote hosts) goes
    into fields: each passes through `text`.

Rules:
    No text can end a field, begin a line or meet the boundary. Lines stay below 998
    octets. Deviation: RFC 6533 §3 - non-ASCII addresses are written in the 7-bit
    form ``utf-8;…\x{E4}…`` in message/delivery-status, which every reader takes.
    The whole message comes back only with a failure, and only if it is of lines that
    any server takes; else its header (RFC 3461 §4.3 wants no more for other actions).

Limits:
    50 KiB are returned, of a header as of a whole message (TRUST K9; Postfix
    ``bounce_size_limit`` 50,000): a report goes to whoever the envelope names as
    sender, so it must be of little use to who forges that. Of a report that nothing is
    wrong, 8 KiB: each recipient's delivery makes one.

Standards:
    RFC 3464, RFC 3461 §6, RFC 6522, RFC 5322 §3.6.4 (References).
"""

from mailmax.base.units import KIB
from mailmax.message import autoreply, dates
from mailmax.message.dsn import text, words
from mailmax.message.dsn.report import Action, RecipientStatus, Report
from mailmax.message.dsn.text import field
from mailmax.message.header import find_end

RETURN_LIMIT_OCTETS = 50 * KIB
GOOD_NEWS_OCTETS = 8 * KIB
_LINE_LIMIT = 998
_HARD_OCTETS = 900
_NO_CONTROLS = bytes(c for c in range(32) if c not in b"\t\n") + b"\x7f"


def write(report: Report) -> bytes:
    """Write the whole report, with CRLF line ends."""
    original = autoreply.read(report.content)
    worst = words.worst_of(report.recipients)
    is_whole = report.return_full and worst is Action.FAILED and _is_fit(report.content)
    people = words.for_people(report, original.subject, is_whole=is_whole)
    programs = _for_programs(report)
    returned_type, returned = b"message/rfc822", report.content
    if not is_whole:
        limit = RETURN_LIMIT_OCTETS if worst is Action.FAILED else GOOD_NEWS_OCTETS
        returned_type, returned = b"text/rfc822-headers", _header(report, limit)
    boundary = _boundary(report.token, people + programs + returned)
    mark = b"--" + boundary
    eight_bit = not (people.isascii() and returned.isascii())
    return b"".join((
        *_head(report, original),
        b"Content-Type: multipart/report; report-type=delivery-status;\r\n",
        b'\tboundary="', boundary, b'"\r\n',
        b"Content-Transfer-Encoding: 8bit\r\n" if eight_bit else b"",
        b"\r\n", mark, b"\r\n",
        b"Content-Type: text/plain; charset=utf-8\r\n",
        _transfer(people), b"\r\n", people, b"\r\n", mark, b"\r\n",
        b"Content-Type: message/delivery-status\r\n\r\n",
        programs, b"\r\n", mark, b"\r\n",
        b"Content-Type: ", returned_type, b"\r\n",
        _transfer(returned), b"\r\n", returned, b"\r\n", mark, b"--\r\n",
    ))  # fmt: skip


def _head(report: Report, original: autoreply.Original) -> list[bytes]:
    """Return the header up to the type; threads with the original where that may be."""
    to = text.path(report.postmaster or report.reverse_path)
    token, host = text.word(report.token), text.host(report.host)
    parent, before = original.message_id, original.references
    return [
        b"From: Mail Delivery System <", text.path(report.sender), b">\r\n",
        b"To: <", to, b">\r\n",
        b"Subject: ", words.subject(report).encode(), b"\r\n",
        b"Date: ", dates.format_rfc5322(report.now_s), b"\r\n",
        b"Message-ID: <", token, b"@", host, b">\r\n",
        b"In-Reply-To: " + parent + b"\r\n" if parent else b"",
        b"References: " + b"\r\n ".join(before) + b"\r\n" if before else b"",
        b"Auto-Submitted: auto-replied\r\n",
        b"MIME-Version: 1.0\r\n",
    ]  # fmt: skip


def _transfer(content: bytes) -> bytes:
    return b"" if content.isascii() else b"Content-Transfer-Encoding: 8bit\r\n"


def _boundary(token: str, content: bytes) -> bytes:
    """Return a boundary that does not occur in the content."""
    boundary = b"=_" + (text.word(token)[:40] or b"report")
    number = 0
    while b"--" + boundary in content:
        number += 1
        boundary = b"=_%d_" % number + text.word(token)[:40]
    return boundary


def _for_programs(report: Report) -> bytes:
    blocks = [
        [
            field("Original-Envelope-Id", "", report.envelope_id),
            field("Reporting-MTA", "dns", text.host(report.host).decode()),
            field("Arrival-Date", "", _date(report.arrived_s)),
        ]
    ]
    for one in report.recipients:
        kind = "smtp" if one.remote_mta else "x-mailmax"
        until = "" if one.retry_until_s is None else _date(one.retry_until_s)
        blocks.append(
            [
                field("Original-Recipient", *text.split_original(one.original)),
                field("Final-Recipient", text.address_type(one.address), one.address),
                field("Action", "", one.action.value),
                field("Status", "", _status(one)),
                field("Remote-MTA", "dns", one.remote_mta),
                field("Diagnostic-Code", kind, one.diagnostic),
                field("Will-Retry-Until", "", until),
            ]
        )
    return b"\r\n".join(b"".join(block) for block in blocks)


def _status(one: RecipientStatus) -> str:
    parts = one.status.split(".")
    if len(parts) == 3 and all(
        p.isdigit() and p.isascii() and len(p) < 4 for p in parts
    ):
        return one.status
    return {Action.FAILED: "5.0.0", Action.DELAYED: "4.0.0"}.get(one.action, "2.0.0")


def _date(unix_s: int) -> str:
    return dates.format_rfc5322(unix_s).decode()


def _header(report: Report, limit: int) -> bytes:
    """Return the message's header, fit for any reader."""
    header = report.content[: min(find_end(report.content), limit)]
    lines = header.translate(None, _NO_CONTROLS).split(b"\n")
    folded = [
        b"\r\n ".join(
            line[start : start + _HARD_OCTETS]
            for start in range(0, len(line), _HARD_OCTETS)
        )
        for line in lines
        if line
    ]
    return b"".join(line + b"\r\n" for line in folded)


def _is_fit(content: bytes) -> bool:
    """Tell whether content can be a part as it is: of lines, neither long nor many."""
    lines = content.split(b"\r\n")
    bare = content.count(b"\r") + content.count(b"\n") > 2 * (len(lines) - 1)
    return (
        len(content) <= RETURN_LIMIT_OCTETS
        and not bare
        and b"\0" not in content
        and max(map(len, lines)) <= _LINE_LIMIT
    )
