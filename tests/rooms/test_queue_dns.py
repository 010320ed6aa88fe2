"""A name server that fails in every way, and outbound mail: it waits (TRUST C4, M8).

What clients of port 25 hear meanwhile: `test_smtp_dns.py`; the resolver alone:
`test_resolver.py`.
"""

import asyncio
import time

import pytest

from fix_dns import DnsServer
from fix_outbound import Office
from mailmax.net.resolver import DnsResolver
from mailmax.policy.retry import Stage
from waiting import until

TROUBLES = ["silence", "SERVFAIL", "REFUSED", "garbage", "wrong-id"]
PATIENCE_S = 0.3


@pytest.fixture
async def asking(office: Office, dns_server: DnsServer):
    """Give a QueueMax that asks our name server."""
    office.resolver = resolver = DnsResolver(
        [dns_server.address], patience_s=PATIENCE_S
    )
    await office.open()
    yield office
    await office.close()
    resolver.close()
    await asyncio.sleep(0.01)  # closed sockets are let go by the loop


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("name", ["far.test", "mx.far.test"])
async def test_m8_trouble_of_the_dns_puts_off_and_never_returns(
    asking: Office, dns_server: DnsServer, name: str, trouble: str
) -> None:
    """TRUST M8: of the domain's name, and of its mail server's."""
    dns_server.put("far.test", "MX", "10 mx.far.test.")
    dns_server.trouble = {name: trouble}
    begin = time.monotonic()

    asking.post("a@far.test")
    await until(lambda: asking.stage("a@far.test") is Stage.RETRY)

    assert time.monotonic() - begin < 10 * PATIENCE_S + 10
    assert asking.targets()["a@far.test"].state.status == "4.4.3"
    assert not asking.reported()


async def test_m8_a_slow_name_server_is_waited_for(
    asking: Office, dns_server: DnsServer
) -> None:
    """TRUST M8: and what it says at last is believed."""
    dns_server.delay_s = PATIENCE_S / 3

    asking.post("a@nowhere.test")
    await until(asking.reported)

    assert b"Status: 5.1.2" in asking.reported()[0][1]


async def test_m8_a_domain_in_trouble_delays_no_other(
    asking: Office, dns_server: DnsServer
) -> None:
    """TRUST M8: who can be answered is answered meanwhile."""
    dns_server.trouble = {"far.test": "silence"}
    for number in range(20):
        asking.post(f"a@d{number}.far.test")
    begin = time.monotonic()

    asking.post("a@nowhere.test")
    await until(asking.reported)

    assert time.monotonic() - begin < 20 * PATIENCE_S, "it waited for each of them"
    assert b"nowhere.test" in asking.reported()[0][1]
