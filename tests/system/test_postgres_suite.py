"""The whole suite on PostgreSQL, and what happens while it is away.

TRUST D12, M7.
"""

import poplib
import smtplib

import pytest

from fix_postgres import Postgres
from fix_suite import MakeSuite

pytestmark = pytest.mark.system


def test_mail_goes_on_while_the_database_is_away(
    make_suite: MakeSuite, postgres: Postgres, postgres_url: str
) -> None:
    """Known recipients go on being known; nobody hears "unknown" or "wrong"."""
    url = postgres_url.replace("postgresql+psycopg:", "postgresql:")
    suite = make_suite(database_url=url)
    tim, anna = suite.users[:2]
    suite.send("eve@elsewhere.test", tim.address, b"Subject: before\r\n\r\nx\r\n")
    suite.wait_for(tim, "before")
    with suite.imap(tim) as imap:
        imap.select("INBOX")
        postgres.stop()
        try:
            suite.send("eve@elsewhere.test", tim.address, b"Subject: during\r\n\r\n")
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
                suite.send("eve@elsewhere.test", "no@suite.test", b"Subject: x\r\n\r\n")
            assert refusal.value.recipients["no@suite.test"][0] in (550, 451)
            imap.noop()
            assert imap.search(None, "ALL")[0] == "OK"
            client = poplib.POP3("127.0.0.1", suite.port("pop3"), timeout=30)
            client.user(anna.address)
            with pytest.raises(poplib.error_proto, match=r"\[SYS/TEMP\]"):
                client.pass_(anna.password)
            client.close()
        finally:
            postgres.start()

    suite.wait_for(tim, "during")
    client = poplib.POP3("127.0.0.1", suite.port("pop3"), timeout=30)
    client.user(anna.address)
    client.pass_(anna.password)
    client.quit()
