"""The rings of activity beside a dull model, whatever the clock does (HUB-7).

Theory:
    The model remembers every count with its moment. Under a clock that never goes
    back a ring holds exactly what lies in its last slots. Under one that jumps nothing
    appears that was not counted, and what is counted now is seen now.
"""

from hypothesis import given
from hypothesis import strategies as st

from mailmax.datamax.activity import RANGES, SHAPES, ActivityBook, decode, encode
from mailmax.datamax.rings import Ring
from mailmax.observe.counters import MEASURES

SIZE, STEP_S = 8, 10
COUNTS = st.integers(0, 1_000)
AGES = st.floats(0, 3 * SIZE * STEP_S)
STEPS = st.lists(
    st.tuples(st.floats(0, 2 * SIZE * STEP_S), AGES, COUNTS), min_size=1, max_size=40
)
JUMPS = st.lists(st.tuples(st.floats(-1e9, 1e9), AGES, COUNTS), min_size=1, max_size=40)
BEGIN = 1_700_000_000.0


def in_slots(counted, now, size=SIZE, step_s=STEP_S):
    """Sum up by slot what a ring of that shape is to hold."""
    last = int(now // step_s)
    sums = dict.fromkeys(range(last - size + 1, last + 1), 0)
    for moment, count in counted:
        label = int(moment // step_s)
        if label in sums:
            sums[label] += count
    return tuple(sums.values())


@given(steps=STEPS)
def test_a_ring_holds_what_was_counted_in_its_last_slots(steps):
    ring = Ring(STEP_S, SIZE, 1)
    counted, now = [], BEGIN

    for wait_s, age_s, count in steps:
        now += wait_s
        moment = now - age_s
        counted.append((moment, count))
        ring.add(moment, now, [count])

        assert in_slots(counted, now) == ring.values(0, now, SIZE)


@given(jumps=JUMPS)
def test_a_clock_that_jumps_makes_nothing_up_and_what_is_new_is_seen(jumps):
    ring = Ring(STEP_S, SIZE, 1)
    counted = []

    for jump_s, age_s, count in jumps:
        now = BEGIN + jump_s
        moment = now - age_s
        counted.append((moment, count))
        ring.add(moment, now, [count])
        seen = ring.values(0, now, SIZE)

        truth = in_slots(counted, now)
        assert all(there <= true for there, true in zip(seen, truth, strict=True))
        label, last = int(moment // STEP_S), int(now // STEP_S)
        if label > last - SIZE:
            assert seen[label - last - 1] >= count


@given(
    ahead_s=st.floats(3_600, 1e9),
    meanwhile=st.integers(0, SIZE - 1),
    counts=st.lists(COUNTS, min_size=SIZE, max_size=SIZE),
)
def test_a_jump_ahead_and_back_costs_what_was_written_meanwhile(
    ahead_s, meanwhile, counts
):
    """Not the whole of it, and the time to come not at all."""
    ring = Ring(STEP_S, SIZE, 1)
    moments = [BEGIN + STEP_S * number for number in range(SIZE)]
    for moment, count in zip(moments, counts, strict=True):
        ring.add(moment, moment, [count])

    for number in range(meanwhile):
        later = moments[-1] + ahead_s + STEP_S * number
        ring.add(later, later, [7])
    seen = ring.values(0, moments[-1], SIZE)
    lost = sum(there != count for there, count in zip(seen, counts, strict=True))
    ring.add(moments[-1] + STEP_S, moments[-1] + STEP_S, [5])

    assert lost <= meanwhile
    assert ring.values(0, moments[-1] + STEP_S, 1) == (5,)


def report(book, number, counted, now, run=b"r" * 16):
    slots = [(now - moment, (count, *[0] * 7)) for moment, count in counted]
    return book.take((run, number), "popmax", slots, now)


@given(steps=st.lists(st.tuples(st.floats(0, 4_000), COUNTS), min_size=1, max_size=60))
def test_all_ranges_agree_about_the_time_that_they_share(steps):
    book, now, counted = ActivityBook(), BEGIN, []

    for number, (wait_s, count) in enumerate(steps, 1):
        now += wait_s
        counted.append((now, count))
        report(book, number, [(now, count)], now)

    for name, (ring, slots) in RANGES.items():
        step_s, _ = SHAPES[ring]
        seen = book.series("popmax", name, "connections", now)
        assert in_slots(counted, now, slots, step_s) == seen
    # A minute of the day is six steps of the hour.
    hour = book.series("popmax", "hour", "connections", now)
    day = book.series("popmax", "day", "connections", now)
    fresh = len(hour) - int(now % 60 // 10) - 1  # where the minute under way begins
    assert sum(hour[fresh:]) == day[-1]
    assert sum(hour[fresh - 6 : fresh]) == day[-2]


@given(
    steps=st.lists(st.tuples(st.floats(0, 400), COUNTS), min_size=1, max_size=20),
    restarts=st.sets(st.integers(0, 19)),
    repeats=st.sets(st.integers(0, 19)),
)
def test_restarts_and_reports_that_are_told_again_change_nothing(
    steps, restarts, repeats
):
    book, calm, now = ActivityBook(), ActivityBook(), BEGIN

    for number, (wait_s, count) in enumerate(steps, 1):
        now += wait_s
        assert report(calm, number, [(now, count)], now)
        assert report(book, number, [(now, count)], now)
        if number in restarts:
            octets = encode(book.keep())
            book = ActivityBook()
            kept = decode(octets)
            assert kept is not None
            assert book.restore(kept)
        if number in repeats:
            assert not report(book, number, [(now, count)], now)

    for name in RANGES:
        for measure in MEASURES:
            assert calm.series("popmax", name, measure, now) == book.series(
                "popmax", name, measure, now
            )


@given(
    number=st.integers(-5, 5),
    age_s=st.floats(allow_nan=True, allow_infinity=True),
    count=st.integers(-(2**63), 2**63 - 1),
)
def test_no_report_can_trip_the_book(number, age_s, count):
    book = ActivityBook()

    for _ in range(2):
        slots = [(age_s, (count,) * len(MEASURES))] * 3
        book.take((b"r" * 16, number), "smtpmax", slots, BEGIN)

    for name in RANGES:
        assert min(book.series("smtpmax", name, "octets_in", BEGIN)) >= 0
