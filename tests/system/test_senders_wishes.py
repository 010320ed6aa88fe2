"""What senders ask for, on the running suite: later, and by ETRN."""

import smtplib
import time
import uuid

import pytest

from fix_forwarding import add_domain, copies, mail, sent_to, somewhere
from fix_sink import Sink
from fix_suite import Account, Suite

pytestmark = pytest.mark.system


@pytest.mark.rfc("4865", "4")
def test_mail_for_later_comes_later_here_and_elsewhere(
    suite: Suite, sink: Sink, tim: Account, anna: Account
) -> None:
    mark, far = uuid.uuid4().hex, somewhere()
    with smtplib.SMTP("127.0.0.1", suite.port("smtp"), timeout=20) as client:
        client.login(tim.address, tim.password)
        begun = time.time()
        options = ["HOLDFOR=3", "RET=HDRS"]
        assert not client.sendmail(
            tim.address, [anna.address, far], mail(mark), options
        )

    early = copies(suite, anna, mark), sent_to(sink, far)
    assert early == (0, []) or time.time() - begun >= 3
    sunk = sink.wait_for(mark.encode())
    suite.wait_for(anna, mark)

    assert time.time() - begun >= 3
    assert sunk.recipients == [far]
    assert copies(suite, anna, mark) == 1


@pytest.mark.rfc("1985", "5")
@pytest.mark.manual("6.5.2")
def test_what_is_held_goes_to_its_server_when_anybody_says_etrn(
    suite: Suite, sink: Sink
) -> None:
    mark = uuid.uuid4().hex
    domain = add_domain(suite, kind="etrn", delivery_address=f"127.0.0.1:{sink.port}")
    suite.send("eve@far.test", f"jo@{domain}", mail(mark))
    with smtplib.SMTP("127.0.0.1", suite.port("smtp"), timeout=20) as client:
        client.ehlo()
        assert client.docmd("ETRN", "elsewhere.test")[0] == 459
        end = time.monotonic() + 60
        while (answer := client.docmd("ETRN", domain))[0] == 251:
            assert time.monotonic() < end, "the mail was on its way to the queue"
            time.sleep(0.05)

    assert answer == (253, b"2.0.0 1 messages are on their way")
    assert sink.wait_for(mark.encode()).recipients == [f"jo@{domain}"]
