"""What an operator does to users acts on open sessions and on the next login."""

import imaplib
import poplib
import smtplib
import time

import pytest

from fix_suite import Account, MakeSuite, Suite, run_mailmax

pytestmark = pytest.mark.system


def command(suite: Suite, *words: str) -> str:
    return run_mailmax(*words, "--dir", str(suite.directory)).stdout


def pop(suite: Suite, user: Account) -> poplib.POP3:
    client = poplib.POP3("127.0.0.1", suite.port("pop3"), timeout=20)
    try:
        client.user(user.address)
        client.pass_(user.password)
    except poplib.error_proto:
        client.close()
        raise
    return client


def test_a_new_password_ends_open_sessions(suite: Suite, tim: Account) -> None:
    """TRUST G9: within 60 s; here at once."""
    maildrop, mailbox = pop(suite, tim), suite.imap(tim)

    command(suite, "user", "password", tim.address, "--password", "another-1")

    assert maildrop.file.readline().startswith(b"-ERR [AUTH]")
    assert mailbox.readline().startswith(b"* BYE")
    maildrop.close()
    mailbox.shutdown()
    with pytest.raises(poplib.error_proto, match=r"\[AUTH\]"):
        pop(suite, tim)
    pop(suite, Account(tim.address, "another-1")).quit()


def test_a_disabled_user_is_out_and_gets_no_mail(suite: Suite, tim: Account) -> None:
    maildrop = pop(suite, tim)

    command(suite, "user", "disable", tim.address)

    assert maildrop.file.readline().startswith(b"-ERR [AUTH]")
    maildrop.close()
    with pytest.raises(poplib.error_proto, match=r"\[AUTH\]"):
        pop(suite, tim)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        suite.send("eve@elsewhere.test", tim.address, b"Subject: x\r\n\r\n")

    command(suite, "user", "enable", tim.address)
    pop(suite, tim).quit()
    suite.send("eve@elsewhere.test", tim.address, b"Subject: again\r\n\r\n")
    suite.wait_for(tim, "again")


@pytest.mark.timed
def test_a_user_added_live_acts_within_a_second(suite: Suite) -> None:
    new = Account("lotte@suite.test", "pass-word-new")
    command(suite, "user", "add", new.address, "--password", new.password)

    begin = time.monotonic()
    suite.send("eve@elsewhere.test", new.address, b"Subject: welcome\r\n\r\n")
    assert time.monotonic() - begin < 1.0
    suite.wait_for(new, "welcome")


def test_apop_with_a_secret_of_its_own(suite: Suite, tim: Account) -> None:
    """TRUST F1: off until it is turned on, and never with the mail password."""
    client = poplib.POP3("127.0.0.1", suite.port("pop3"), timeout=20)
    assert b"<" not in client.getwelcome()
    client.quit()
    command(suite, "user", "apop", tim.address, "--secret", "tanstaaf-1")
    command(suite, "config", "set", "offer_apop", "true")
    try:
        client = poplib.POP3("127.0.0.1", suite.port("pop3"), timeout=20)
        with pytest.raises(poplib.error_proto, match=r"\[AUTH\]"):
            client.apop(tim.address, tim.password)
        client.quit()
        client = poplib.POP3("127.0.0.1", suite.port("pop3"), timeout=20)
        client.apop(tim.address, "tanstaaf-1")
        assert client.stat() == (0, 0)
        client.quit()
    finally:
        command(suite, "config", "set", "offer_apop", "false")


def test_without_trust_passwords_need_tls(make_suite: MakeSuite) -> None:
    """TRUST G7, on all protocols."""
    suite = make_suite(trust_loopback=False)
    user = suite.users[0]

    with pytest.raises(poplib.error_proto, match="STLS"):
        pop(suite, user)
    with pytest.raises(imaplib.IMAP4.error, match=r"PRIVACYREQUIRED|LOGIN"):
        suite.imap(user)
    with smtplib.SMTP("127.0.0.1", suite.port("submission"), timeout=20) as smtp:
        with pytest.raises(smtplib.SMTPException):
            smtp.login(user.address, user.password)
        smtp.starttls(context=suite.tls())
        smtp.login(user.address, user.password)
    client = poplib.POP3("127.0.0.1", suite.port("pop3"), timeout=20)
    client.stls(suite.tls())
    client.user(user.address)
    client.pass_(user.password)
    client.quit()
    imap = imaplib.IMAP4("127.0.0.1", suite.port("imap"), timeout=20)
    imap.starttls(suite.tls())
    imap.login(user.address, user.password)
    imap.logout()


@pytest.mark.timed
def test_stopping_and_starting_keeps_everything(make_suite: MakeSuite) -> None:
    """TRUST D11: every client hears good-bye, every promise is kept."""
    suite = make_suite()
    user = suite.users[0]
    idle = pop(suite, user)
    smtp = smtplib.SMTP("127.0.0.1", suite.port("smtp"), timeout=20)
    smtp.ehlo()
    suite.send("eve@elsewhere.test", user.address, b"Subject: before\r\n\r\nx\r\n")

    suite.stop()

    assert idle.file.readline().startswith(b"-ERR [SYS/TEMP]")
    assert smtp.file.readline().startswith(b"421 4.3.2")
    idle.close()
    smtp.close()
    took = suite.start()
    assert took < 5.0
    assert b"Subject: before" in suite.wait_for(user, "before")
