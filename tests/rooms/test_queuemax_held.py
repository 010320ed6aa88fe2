"""Mail of ETRN domains is held: not tried, not returned, not forgotten, till ETRN."""

import pytest

from mailmax.base.envelope import Origin, Recipient
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.queue import EtrnStarted, StartEtrn
from mailmax.hub.contract.rows import DomainRow
from mailmax.policy.outcome import permanent
from mailmax.queuemax.plans import SLICE
from mailmax.queuemax.steering import Chosen
from waiting import until

ORIGIN = Origin(b"smtpmax-journal-", 5)


def listed(office):
    page = office.hub.listed(limit=50)
    return {row.recipient: row.state for row in page.rows}


async def test_it_is_held_over_a_restart_and_goes_when_the_domain_is_none_of_ours(
    office, remote
):
    server = await remote(lambda _verb, _argument: None)
    office.smart_host(server)
    office.hub.domains["held.test"] = DomainRow(1, "held.test", "etrn")
    await office.open()
    office.post("a@held.test", "b@free.test")
    await until(lambda: [mail.recipients for mail in server.taken] == [["b@free.test"]])
    await until(lambda: listed(office) == {"a@held.test": "held"})

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


def ask(office, domain="held.test"):
    """Say what SMTPMax says when a client said ETRN."""
    return office.hub.handlers[StartEtrn](StartEtrn(domain))


def etrn_domain(office, address="", **more):
    row = DomainRow(1, "held.test", "etrn", delivery_address=address, **more)
    office.hub.domains |= dict.fromkeys(("held.test", *row.aliases), row)


async def test_etrn_sends_it_to_the_delivery_address_alone(office, remote):
    """DOM-10: never over the smart host, and never before."""
    smart, server = await remote(), await remote()
    office.smart_host(smart)
    etrn_domain(office, f"127.0.0.1:{server.port}", aliases=("other.test",))
    await office.open()
    office.post("a@held.test", "b@other.test", "c@free.test")
    office.post("d@HELD.test")
    await until(lambda: smart.taken and len(listed(office)) == 3)
    assert set(listed(office).values()) == {"held"}
    assert server.connections == 0

    assert ask(office) == EtrnStarted(2)

    await until(lambda: not listed(office))
    taken = sorted(mail.recipients for mail in server.taken)
    assert taken == [["a@held.test", "b@other.test"], ["d@HELD.test"]]
    assert [mail.recipients for mail in smart.taken] == [["c@free.test"]]
    assert ask(office) == EtrnStarted(0)


async def test_a_list_says_what_held_mail_waits_for(office):
    etrn_domain(office)
    await office.open()
    office.post("a@held.test")
    await until(lambda: listed(office) == {"a@held.test": "held"})

    [row] = office.hub.listed(limit=50).rows

    assert row.last_reply == "until its server asks for it (ETRN)"


async def test_what_was_thrown_away_is_not_said_to_be_on_its_way(office):
    etrn_domain(office, "127.0.0.1:9")
    await office.open()
    office.post("a@held.test")
    await until(lambda: listed(office) == {"a@held.test": "held"})
    chosen = [
        Chosen(entry, target)
        for entry in office.service._checkpoints.in_journal.values()
        for target in entry.targets
    ]

    await office.service.steering.give_up(
        chosen, permanent("5.7.1", "enough"), with_report=False
    )

    assert ask(office) == EtrnStarted(0)


async def test_what_could_not_be_delivered_is_held_again_till_the_next_etrn(
    office, remote
):
    """DOM-10: however often, and over a restart; nothing is returned for it."""
    refusing = ["451 4.2.0 later"]
    server = await remote(lambda verb, _: refusing[0] if verb == "RCPT" else None)
    etrn_domain(office, f"127.0.0.1:{server.port}")
    await office.open()
    office.post("a@held.test")
    await until(lambda: listed(office))
    for number in range(1, 8):  # more often than any mail is tried
        assert ask(office) == EtrnStarted(1)
        await until(
            lambda number=number: (
                office.targets()["a@held.test"].state.attempts == number
            )
        )
        assert listed(office) == {"a@held.test": "held"}
    state = office.targets()["a@held.test"].state
    assert (state.text, state.due_ms) == ("451 4.2.0 later", 0)

    await office.close()
    await office.open()
    await until(lambda: listed(office) == {"a@held.test": "held"})
    assert office.targets()["a@held.test"].state.attempts == 7
    refusing[0] = None
    assert ask(office) == EtrnStarted(1)

    await until(lambda: not listed(office))
    assert [mail.recipients for mail in server.taken] == [["a@held.test"]]
    assert not office.reported()


async def test_who_asks_again_at_once_is_tried_again_at_once(office, remote):
    """Though its server did not take the call a moment ago."""
    server = await remote()
    port = server.port
    await server.stop()
    etrn_domain(office, f"127.0.0.1:{port}")
    await office.open()
    office.post("a@held.test")
    await until(lambda: listed(office))
    ask(office)
    await until(lambda: office.targets()["a@held.test"].state.attempts == 1)
    await until(lambda: listed(office) == {"a@held.test": "held"})

    await server.start(port)
    assert ask(office) == EtrnStarted(1)

    await until(lambda: server.taken)


async def test_what_its_server_refuses_for_good_is_returned(office, remote):
    server = await remote(lambda verb, _: "550 5.1.1 who?" if verb == "RCPT" else None)
    etrn_domain(office, f"127.0.0.1:{server.port}")
    await office.open()
    office.post("a@held.test")
    await until(lambda: listed(office))

    ask(office)

    await until(office.reported)
    assert b"5.1.1 who?" in office.reported()[0][1]


@pytest.mark.parametrize("kind", ["", "relay", "backup", "normal"])
async def test_etrn_is_for_etrn_domains(office, kind):
    if kind:
        office.hub.domains["held.test"] = DomainRow(1, "held.test", kind)
    await office.open()

    assert isinstance(ask(office), Denied)


def given_to_filer(office):
    return [envelope for envelope, _ in office.reported()]


async def test_it_is_the_filers_when_the_domain_is_one_whose_mail_is_filed_here(
    office, remote
):
    server = await remote(lambda _verb, _argument: None)
    office.smart_host(server)
    office.hub.domains["held.test"] = DomainRow(1, "held.test", "etrn")
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


@pytest.mark.parametrize("is_even", [True, False])
async def test_what_nobody_asks_for_is_returned_but_not_by_a_clock_that_jumped(
    office, is_even
):
    office.hub.domains["held.test"] = DomainRow(1, "held.test", "etrn")
    await office.open()
    office.post("a@held.test", "b@held.test")
    await until(lambda: len(listed(office)) == 2)
    office.hub.change(etrn_days=29)
    if is_even:
        await office.close()
        office.clock.ahead_s = 29 * 86_400 + 60
        await office.open()
    else:
        office.clock.ahead_s = 3650 * 86_400
        office.hub.change(etrn_days=28)
    office.post("c@held.test")
    await until(lambda: "c@held.test" in listed(office))

    if is_even:
        await until(lambda: listed(office) == {"c@held.test": "held"})
        [(envelope, content)] = office.reported()
        assert envelope.recipients[0].address == "me@here.test"
        assert b"a@held.test" in content
        assert b"Status: 5.4.7" in content
    else:
        assert listed(office) == {f"{name}@held.test": "held" for name in "abc"}


async def test_mail_for_etrn_may_wait_for_ever(office):
    office.hub.domains["held.test"] = DomainRow(1, "held.test", "etrn")
    office.hub.settings["etrn_days"] = 0
    await office.open()
    office.post("a@held.test")
    await until(lambda: listed(office))
    await office.close()
    office.clock.ahead_s = 3650 * 86_400
    await office.open()
    office.post("b@held.test")
    await until(lambda: "b@held.test" in listed(office))

    assert listed(office) == {"a@held.test": "held", "b@held.test": "held"}


async def test_what_is_held_no_more_is_tried_a_slice_at_a_time(office, remote):
    """A hundred thousand messages must not stop all else for seconds."""
    server = await remote()
    office.smart_host(server)
    office.hub.domains["held.test"] = DomainRow(1, "held.test", "etrn")
    await office.open()
    for number in range(SLICE + 1):
        office.post(f"user{number}@held.test")
    await until(lambda: len(office.targets()) == SLICE + 1)
    await until(lambda: all(one.is_held for one in office.targets().values()))

    office.hub.domains.clear()
    office.hub.change()

    assert not any(one.tried_since for one in office.targets().values())
    await until(lambda: len(server.taken) == SLICE + 1)


async def test_held_mail_waits_while_its_disk_is_away_and_the_rest_goes_on(
    office, remote
):
    """LOC-1: neither an ETRN nor a restart makes a loss of it."""
    smart, server = await remote(), await remote()
    office.smart_host(smart)
    etrn_domain(office, f"127.0.0.1:{server.port}")
    await office.open()
    office.post("a@held.test")
    await until(lambda: listed(office) == {"a@held.test": "held"})
    assert await office.service.checkpoint()
    (entry,) = office.store.entries.values()
    assert entry.place.directory
    await office.close()
    (office.root / "etrn").rename(office.root / "away")

    await office.open()
    assert ask(office) == EtrnStarted(1)
    office.post("b@free.test")
    await until(lambda: smart.taken)
    await until(lambda: office.targets()["a@held.test"].state.attempts == 1)
    await until(lambda: listed(office) == {"a@held.test": "held"})
    office.post("c@held.test")
    await until(lambda: len(listed(office)) == 2)
    await office.close()
    assert not office.reported()

    (office.root / "away").rename(office.root / "etrn")
    await office.open()
    await until(lambda: len(listed(office)) == 2)
    assert ask(office) == EtrnStarted(2)
    await until(lambda: not listed(office))
    taken = sorted(mail.recipients for mail in server.taken)
    assert taken == [["a@held.test"], ["c@held.test"]]
    assert not office.reported()
