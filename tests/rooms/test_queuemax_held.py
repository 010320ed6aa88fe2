"""Mail of domains that pass it on is held: not tried, not returned, not forgotten."""

import pytest

from mailmax.hub.contract.queue import ListQueue
from mailmax.hub.contract.rows import DomainRow
from waiting import until


def listed(office):
    page = office.hub.handlers[ListQueue](ListQueue(limit=50))
    return {row.recipient: row.state for row in page.rows}


@pytest.mark.parametrize("kind", ["relay", "backup", "etrn"])
async def test_it_is_held_over_a_restart_and_goes_when_the_domain_is_another(
    office, remote, kind
):
    server = await remote(lambda _verb, _argument: None)
    office.smart_host(server)
    office.hub.domains["held.test"] = DomainRow(1, "held.test", kind)
    await office.open()
    office.post("a@held.test", "b@free.test")
    await until(lambda: [mail.recipients for mail in server.taken] == [["b@free.test"]])
    assert listed(office) == {"a@held.test": "held"}

    await office.close()
    await office.open()
    office.post("c@free.test")
    await until(lambda: len(server.taken) == 2)
    assert server.taken[1].recipients == ["c@free.test"]
    await until(lambda: listed(office) == {"a@held.test": "held"})
    assert office.reported() == []

    office.hub.domains["held.test"] = DomainRow(1, "held.test")
    office.hub.change()

    await until(lambda: len(server.taken) == 3)
    assert server.taken[2].recipients == ["a@held.test"]
