"""Mail of domains that pass it on is held: not tried, not returned, not forgotten."""

import pytest

from mailmax.base.envelope import Origin, Recipient
from mailmax.hub.contract.queue import ListQueue
from mailmax.hub.contract.rows import DomainRow
from waiting import until

ORIGIN = Origin(b"smtpmax-journal-", 5)


def listed(office):
    page = office.hub.handlers[ListQueue](ListQueue(limit=50))
    return {row.recipient: row.state for row in page.rows}


@pytest.mark.parametrize("kind", ["relay", "backup", "etrn"])
async def test_it_is_held_over_a_restart_and_goes_when_the_domain_is_none_of_ours(
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

    office.hub.domains.clear()
    office.hub.change()

    await until(lambda: len(server.taken) == 3)
    assert server.taken[2].recipients == ["a@held.test"]


def given_to_filer(office):
    return [envelope for envelope, _ in office.reported()]


async def test_it_is_the_filers_when_the_domain_is_one_whose_mail_is_filed_here(
    office, remote
):
    server = await remote(lambda _verb, _argument: None)
    office.smart_host(server)
    office.hub.domains["held.test"] = DomainRow(1, "held.test", "relay")
    await office.open()
    origin = office.post("A@held.test", "b@held.test", "c@free.test")
    await until(
        lambda: listed(office) == dict.fromkeys(("A@held.test", "b@held.test"), "held")
    )

    office.hub.domains["held.test"] = DomainRow(1, "held.test")
    office.hub.change()

    await until(lambda: not office.targets())
    [envelope] = given_to_filer(office)
    assert envelope.recipients == (Recipient("A@held.test"), Recipient("b@held.test"))
    assert (envelope.origin, envelope.reverse_path) == (origin, "me@here.test")
    assert [mail.recipients for mail in server.taken] == [["c@free.test"]]


async def test_what_the_filer_hands_over_again_is_held_again_and_not_known(office):
    """The domain was another once more before the filer had it."""
    office.hub.domains["held.test"] = DomainRow(1, "held.test")
    await office.open()
    office.post("a@held.test")
    await until(lambda: len(given_to_filer(office)) == 1)
    office.hub.domains["held.test"] = DomainRow(1, "held.test", "etrn")
    office.hub.change()

    [envelope] = given_to_filer(office)
    office.post("a@held.test", origin=envelope.origin, step=envelope.step)

    await until(lambda: listed(office) == {"a@held.test": "held"})


async def test_a_filer_that_knows_the_former_kind_is_not_asked_in_haste(office):
    office.hub.domains["held.test"] = DomainRow(1, "held.test")
    await office.open()
    step = ""
    for number in range(1, 4):
        office.post("a@held.test", origin=ORIGIN, step=step)
        await until(lambda number=number: len(given_to_filer(office)) == number)
        step = given_to_filer(office)[-1].step

    office.post("a@held.test", origin=ORIGIN, step=step)

    await until(lambda: listed(office) == {"a@held.test": "retry"})
    assert len(given_to_filer(office)) == 3
