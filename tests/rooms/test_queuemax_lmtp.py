"""Mail handed over by LMTP: an answer for each recipient (RFC 2033; DOM-1)."""

import asyncio

import pytest

from fix_outbound import OFFERS
from mailmax.base.envelope import Recipient
from mailmax.hub.contract.rows import DomainRow
from mailmax.policy.retry import Stage
from waiting import until


def relay_to(office, address):
    office.hub.domains["box.test"] = DomainRow(
        1, "box.test", "relay", delivery_address=address
    )


@pytest.fixture
async def box(remote):
    """Give an LMTP server; what it is told to answer by recipient is in `replies`."""
    server = await remote(offers=(*OFFERS, "CHUNKING"))
    server.is_lmtp = True
    server.replies = {}
    server.answers = lambda verb, argument: (
        server.replies.get(argument) if verb == "." else server.replies.get(verb)
    )
    return server


async def test_each_recipient_has_an_answer_of_its_own(office, box):
    relay_to(office, f"lmtp:127.0.0.1:{box.port}")
    box.replies = {"b@box.test": "552 5.2.2 full", "c@box.test": "451 4.2.0 later"}
    await office.open()

    office.post(*(f"{name}@box.test" for name in "abcd"))

    await until(office.reported)
    assert box.taken[0].recipients == ["a@box.test", "d@box.test"]
    assert box.taken[0].content == b"Subject: hello\r\n\r\nworld\r\n"
    assert b"5.2.2 full" in office.reported()[0][1]
    assert b"a@box.test" not in office.reported()[0][1]
    await until(lambda: office.stage("c@box.test") is Stage.RETRY)
    assert office.targets()["c@box.test"].state.text == "451 4.2.0 later"
    assert not any(line.startswith(("EHLO", "HELO", "BDAT")) for line in box.commands)


@pytest.mark.rfc("3461", "5.2.2")
async def test_what_lmtp_took_is_delivered(office, box):
    """It lies in the mailbox; it was not passed on to somebody who passes it on."""
    relay_to(office, f"lmtp:127.0.0.1:{box.port}")
    await office.open()

    office.post(
        Recipient("a@box.test", notify="SUCCESS"), Recipient("b@box.test"), "c@box.test"
    )

    await until(office.reported)
    [(_, report)] = office.reported()
    assert b"Action: delivered" in report
    assert b"Status: 2.0.0" in report
    assert b"b@box.test" not in report
    await until(lambda: not office.targets())


async def test_a_connection_serves_one_message_after_another(office, box):
    relay_to(office, f"lmtp:127.0.0.1:{box.port}")
    await office.open()

    for number in range(50):
        office.post(f"a{number}@box.test", f"b{number}@box.test")

    await until(lambda: len(box.taken) == 50)
    assert box.connections <= 20


async def test_a_line_cut_between_two_answers_delivers_the_first(office, box):
    relay_to(office, f"lmtp:127.0.0.1:{box.port}")
    box.replies = {"b@box.test": "CLOSE"}
    await office.open()

    office.post("a@box.test", "b@box.test")

    await until(lambda: office.stage("b@box.test") is Stage.RETRY)
    assert office.stage("a@box.test") is Stage.DELIVERED
    assert not office.reported()


async def test_a_server_that_knows_no_lhlo_gets_nothing(office, box):
    box.is_lmtp = False
    box.replies = {"LHLO": "500 what?"}
    relay_to(office, f"lmtp:127.0.0.1:{box.port}")
    await office.open()

    office.post("a@box.test")

    await until(lambda: office.stage("a@box.test") is Stage.RETRY)
    assert not any(line.startswith(("HELO", "MAIL")) for line in box.commands)


async def test_over_a_socket_of_this_computer(office, box, tmp_path):
    path = tmp_path / "lmtp.sock"
    listening = await asyncio.start_unix_server(box._serve, path)
    relay_to(office, f"lmtp:{path}")
    await office.open()

    office.post("a@box.test")

    await until(lambda: box.taken)
    listening.close()
    assert box.taken[0].recipients == ["a@box.test"]


async def test_a_socket_that_is_not_there_is_told(office, tmp_path):
    relay_to(office, f"lmtp:{tmp_path}/none.sock")
    await office.open()

    office.post("a@box.test")

    await until(lambda: office.stage("a@box.test") is Stage.RETRY)
    assert "No such file or directory" in office.targets()["a@box.test"].state.text
