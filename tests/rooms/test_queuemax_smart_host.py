"""A smart host that wants a login, or TLS that is proved (GEN-8, DOM-2)."""

import base64
import logging

import pytest

from fix_outbound import OFFERS
from mailmax.hub.contract.rows import DomainRow
from mailmax.net.tls import unverified_context, verifying_context
from mailmax.policy.retry import Stage
from waiting import until

LOGIN = (*OFFERS, "AUTH PLAIN LOGIN")
SECRET = "geheim-é"
PLAIN = base64.b64encode(f"\0tim\0{SECRET}".encode()).decode()


def use(office, port, **more):
    office.hub.settings |= {
        "smart_host_on": True,
        "smart_host": f"127.0.0.1:{port}",
        "smart_host_user": "tim",
        **more,
    }
    office.hub.passwords[0] = SECRET


def last_reply(office):
    page = office.hub.listed(limit=50)
    return page.rows[0].last_reply if page.rows else ""


async def put_off(office, recipient="a@far.test"):
    office.post(recipient)
    await until(lambda: office.stage(recipient) is Stage.RETRY)
    return office.targets()[recipient].state


def accepting(verb, argument):
    return "235 2.7.0 welcome" if verb == "AUTH" else None


async def test_plain_is_said_over_tls(office, remote, loopback_tls):
    server = await remote(accepting, LOGIN, loopback_tls.server)
    use(office, server.port)
    office.set(tls=unverified_context())
    await office.open()
    office.post("a@far.test")
    office.post("b@far.test")
    await until(lambda: len(server.taken) == 2)

    assert server.commands.count(f"AUTH PLAIN {PLAIN}") == server.connections
    assert server.commands.index("STARTTLS") < server.commands.index(
        f"AUTH PLAIN {PLAIN}"
    )
    assert all(mail.encrypted for mail in server.taken)


async def test_login_answers_two_challenges(office, remote):
    def answers(verb, argument):
        if verb == "AUTH":
            return "334 VXNlcm5hbWU6"
        if server.commands[-2:-1] == ["AUTH LOGIN"]:
            return "334 UGFzc3dvcmQ6"
        return "235 ok" if server.commands[-3:-2] == ["AUTH LOGIN"] else None

    server = await remote(answers, (*OFFERS, "AUTH CRAM-MD5 LOGIN"))
    use(office, server.port)
    await office.open()
    office.post("a@far.test")
    await until(lambda: server.taken)

    begin = server.commands.index("AUTH LOGIN")
    answered = [base64.b64decode(one) for one in server.commands[begin + 1 : begin + 3]]
    assert answered == [b"tim", SECRET.encode()]


async def test_a_domain_logs_in_at_its_own_smart_host_as_itself(office, remote):
    """DOM-2: the system's login never goes there."""
    server = await remote(accepting, LOGIN)
    use(office, 1)
    row = DomainRow(
        7,
        "here.test",
        smart_host_on=True,
        smart_host=f"127.0.0.1:{server.port}",
        smart_host_user="anna",
    )
    office.hub.domains["here.test"] = row
    office.hub.passwords[7] = "other"
    await office.open()
    office.post("a@far.test")
    await until(lambda: server.taken)

    [said] = [line for line in server.commands if line.startswith("AUTH")]
    assert base64.b64decode(said.split(" ")[2]) == b"\0anna\0other"


@pytest.mark.parametrize("reply", ["535 5.7.8 no", "454 4.7.0 later", "504 5.5.4 no"])
async def test_a_refused_login_returns_no_mail_and_is_told(
    office, remote, reply, caplog
):
    """And what we said is in no word of ours, though the server says it back."""
    said_back = f"{reply}: {SECRET} {PLAIN}"
    server = await remote(
        lambda verb, _: (
            said_back.encode().decode("latin-1") if verb == "AUTH" else None
        ),
        LOGIN,
    )
    use(office, server.port)
    await office.open()
    with caplog.at_level(logging.DEBUG):
        state = await put_off(office)

    assert (state.status, state.host) == ("4.7.8", "127.0.0.1")
    assert state.text.startswith(f"the smart host refused the login: {reply[:3]} ")
    for told in (state.text, last_reply(office), caplog.text):
        assert SECRET not in told
        assert PLAIN not in told
    assert "refused the login" in caplog.text
    assert not office.reported()
    assert not server.taken


async def test_a_server_that_asks_on_and_on_is_given_up(office, remote):
    server = await remote(
        lambda verb, _: "334 more" if server.commands[-1:] != ["*"] else "501 no", LOGIN
    )
    server.answers = lambda verb, _: (
        None
        if verb in {"GREETING", "EHLO", "QUIT"}
        else "501 cancelled"
        if verb == "*"
        else "334 more"
    )
    use(office, server.port)
    await office.open()

    state = await put_off(office)

    assert state.text == "the smart host refused the login: 501 cancelled"


async def test_a_server_without_a_login_we_know(office, remote):
    server = await remote(offers=(*OFFERS, "AUTH GSSAPI"))
    use(office, server.port)
    await office.open()

    assert (await put_off(office)).text == "the smart host offers no login that we know"


async def test_a_password_goes_over_no_open_line(office, remote, monkeypatch):
    """Unless the host is this computer: here it is said to be another."""
    monkeypatch.setattr("mailmax.queuemax.login._is_loopback", lambda _: False)
    server = await remote(accepting, LOGIN)
    use(office, server.port)
    await office.open()

    state = await put_off(office)

    assert (state.status, state.text) == (
        "4.7.11",
        "the smart host has no TLS for the login",
    )
    assert not any(line.startswith("AUTH") for line in server.commands)


@pytest.mark.parametrize("wish", ["required", "implicit"])
async def test_tls_that_is_proved(office, remote, loopback_tls, wish):
    server = await remote(accepting, LOGIN, loopback_tls.server)
    if wish == "implicit":
        await server.stop()
        server.is_tls_from_the_start = True
        await server.start()
    use(office, server.port, smart_host_tls=wish)
    office.set(proof=loopback_tls.client)
    await office.open()
    office.post("a@far.test")
    await until(lambda: server.taken)

    assert server.taken[0].encrypted
    assert ("STARTTLS" in server.commands) is (wish == "required")


@pytest.mark.parametrize("wish", ["required", "implicit"])
async def test_without_proof_nothing_is_sent(office, remote, loopback_tls, wish):
    """A certificate that no authority of ours signed: neither login nor mail goes."""
    server = await remote(accepting, LOGIN, loopback_tls.server)
    if wish == "implicit":
        await server.stop()
        server.is_tls_from_the_start = True
        await server.start()
    use(office, server.port, smart_host_tls=wish)
    office.set(tls=unverified_context(), proof=verifying_context())
    await office.open()

    state = await put_off(office)

    assert state.status == "4.7.5"
    assert "self-signed certificate" in state.text
    assert not any(line[:4] in {"AUTH", "MAIL"} for line in server.commands)


async def test_required_tls_that_is_not_offered(office, remote, loopback_tls):
    server = await remote(accepting, LOGIN)
    use(office, server.port, smart_host_tls="required")
    office.set(tls=unverified_context(), proof=loopback_tls.client)
    await office.open()

    state = await put_off(office)

    assert (state.status, state.text) == (
        "4.7.4",
        "the smart host does not offer STARTTLS",
    )
    assert not any(line[:4] in {"AUTH", "MAIL"} for line in server.commands)
