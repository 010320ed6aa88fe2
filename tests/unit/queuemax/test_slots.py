"""Places for connections: who counts, who stands aside."""

from mailmax.queuemax.slots import ASIDE, Place, Slot, Slots


def test_a_connection_counts_from_its_beginning_to_its_end():
    slots = Slots(2)
    one = Slot(slots)
    assert slots.free == 1

    one.connected()
    one.leave()
    one.leave()

    assert (slots.free, one.place) == (2, Place.NOWHERE)


def test_who_stands_aside_counts_again_when_it_is_connected():
    slots = Slots(1)
    silent = Slot(slots)
    assert silent.step_aside()
    other = Slot(slots)
    assert (slots.free, slots.aside) == (0, 1)

    silent.connected()

    assert (slots.free, slots.aside) == (-1, 0)
    silent.leave()
    other.leave()
    assert slots.free == 1


def test_not_all_may_stand_aside():
    slots = Slots(1)
    for _ in range(ASIDE):
        assert Slot(slots).step_aside()
    last = Slot(slots)

    assert not last.step_aside()
    assert (slots.free, slots.aside) == (0, ASIDE)
    last.leave()
    assert slots.free == 1
