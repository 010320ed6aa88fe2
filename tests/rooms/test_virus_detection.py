"""What is found of EICAR in every dress, measured with the real clamd (TRUST J7)."""

import re
import smtplib
from pathlib import Path

import pytest

from eicar_cases import CASES
from fix_clamd import Clamd
from fix_smtp import SmtpRoom
from mailmax.base.virus import finding_of

PAGE = Path(__file__).parents[2] / "docs/reference/virus-detection.md"
ROW = re.compile(r"\| (.+?) \| (found|not looked at as a whole) \|")
WORDS = {"infected": "found", "unscanned": "not looked at as a whole"}


@pytest.fixture
def room(smtp: SmtpRoom, clamd: Clamd) -> SmtpRoom:
    smtp.hub.set("virus_check", True)
    smtp.hub.set("clamd_address", clamd.address)
    smtp.hub.set("message_limit_octets", 10_000_000)
    return smtp


def test_each_is_found_or_said_to_be_unseen_as_the_page_says(room: SmtpRoom) -> None:
    with smtplib.SMTP("127.0.0.1", room.port, timeout=60) as one:
        for content in CASES.values():
            one.sendmail("bob@far.test", ["tim@demo.test"], content)
    verdicts = [finding_of(record.envelope.facts).verdict for record, _ in room.mails()]

    measured = dict(zip(CASES, verdicts, strict=True))

    assert [name for name, one in measured.items() if one == "clean"] == []
    shown = dict(ROW.findall(PAGE.read_text("utf-8")))
    assert {name: WORDS[one] for name, one in measured.items()} == shown


def test_the_same_without_a_virus_are_clean_or_unseen(room: SmtpRoom) -> None:
    """No dress is infected by itself."""
    with smtplib.SMTP("127.0.0.1", room.port, timeout=60) as one:
        for content in CASES.values():
            plain = content.replace(b"WDVP", b"QUJD").replace(b"X5O", b"ABC")
            one.sendmail("bob@far.test", ["tim@demo.test"], plain)
    verdicts = [finding_of(record.envelope.facts).verdict for record, _ in room.mails()]
    for name, verdict in zip(CASES, verdicts, strict=True):
        encoded = any(word in name for word in ("zip", "quoted", "uuencoded", "base64"))
        assert verdict in ("clean", "unscanned") or encoded, name
