"""The filter of system calls, carried out as the kernel would, for each processor."""

import errno
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailmax.net.children import seccomp
from mailmax.net.children.seccomp import Holes, build

KINDS = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
I386 = 0x40000003
NONE, ALL = Holes(False, False, False, False), Holes(True, True, True, True)
ALLOW, KILL = 0x7FFF0000, 0x80000000
CALLS = st.integers(0, 600)


def refused(error: int) -> int:
    return 0x00050000 | error


def judge(code: bytes, kind: int, number: int, *arguments: int) -> int:
    """Carry a filter out (bpf(4)); return its verdict."""
    more = (*arguments, *[0] * (6 - len(arguments)))
    data = struct.pack("=IIQ6Q", number, kind, 0, *more)
    statements = list(struct.iter_unpack("=HBBI", code))
    place = value = 0
    while True:
        what, when_true, when_false, constant = statements[place]
        place += 1
        match what:
            case 0x20:
                (value,) = struct.unpack_from("=I", data, constant)
            case 0x06:
                return constant
            case 0x15 | 0x35 | 0x45:
                holds = {
                    0x15: value == constant,
                    0x35: value >= constant,
                    0x45: value & constant != 0,
                }[what]
                place += when_true if holds else when_false
            case _:
                raise AssertionError(what)


@pytest.fixture(params=sorted(KINDS))
def machine(request: pytest.FixtureRequest) -> str:
    return request.param


def column(machine: str, table: dict[str, seccomp.Numbers]) -> list[int]:
    numbers = [each[machine == "aarch64"] for each in table.values()]
    return [number for number in numbers if number is not None]


def test_what_no_program_needs_is_refused(machine: str):
    code = build(NONE, machine)

    for number in column(machine, seccomp._NEVER):
        assert judge(code, KINDS[machine], number) == refused(errno.EPERM)


@pytest.mark.parametrize(
    ("holes", "tables"),
    [
        (Holes(True, False, False, False), (seccomp._LEAVES_GROUP, seccomp._OTHERS)),
        (Holes(False, True, False, False), (seccomp._SIGNALS,)),
        (Holes(False, False, True, False), (seccomp._TRUNCATE,)),
        (Holes(False, False, False, True), (seccomp._MODES,)),
    ],
)
def test_it_stands_in_for_what_is_missing_and_only_for_that(
    machine: str, holes: Holes, tables: tuple[dict[str, seccomp.Numbers], ...]
):
    for table in tables:
        for number in column(machine, table):
            kind = KINDS[machine]
            assert judge(build(holes, machine), kind, number) == refused(errno.EPERM)
            assert judge(build(NONE, machine), kind, number) == ALLOW


@given(CALLS)
def test_everything_else_is_allowed(number: int):
    for machine, kind in KINDS.items():
        tables = (
            seccomp._NEVER, seccomp._LEAVES_GROUP, seccomp._OTHERS, seccomp._SIGNALS,
            seccomp._TRUNCATE, seccomp._MODES,
        )  # fmt: skip
        named = {one for table in tables for one in column(machine, table)}
        named.update(column(machine, {"x": seccomp._CLONE3}))

        verdict = judge(build(ALL, machine), kind, number)

        assert (verdict == ALLOW) == (number not in named)


def test_calls_of_another_kind_end_the_program(machine: str):
    assert judge(build(NONE, machine), I386, 11) == KILL
    assert judge(build(NONE, machine), KINDS[machine] ^ 1, 1) == KILL


@given(CALLS)
def test_calls_of_x32_are_not_there(number: int):
    code = build(NONE, "x86_64")

    found = judge(code, KINDS["x86_64"], number | seccomp.X32_BIT)

    assert found == refused(errno.ENOSYS)


@given(st.integers(0, 2**64 - 1))
def test_a_clone_makes_no_namespace(flags: int):
    for machine, kind in KINDS.items():
        (clone,) = column(machine, {"clone": seccomp._CLONE})
        (clone3,) = column(machine, {"clone3": seccomp._CLONE3})
        code = build(NONE, machine)

        verdict = judge(code, kind, clone, flags)

        wanted = refused(errno.EPERM) if flags & 0x7E020000 else ALLOW
        assert verdict == wanted
        assert judge(code, kind, clone3, flags) == refused(errno.ENOSYS)


@given(st.integers(0, 2**32 - 1))
def test_limits_are_ones_own(process: int):
    for machine, kind in KINDS.items():
        (limits,) = column(machine, {"x": seccomp._PRLIMIT})

        verdict = judge(build(ALL, machine), kind, limits, process)

        assert verdict == (refused(errno.EPERM) if process else ALLOW)


WORDS = {
    seccomp._FCNTL: seccomp._OWNING,
    seccomp._IOCTL: (*seccomp._OWNING_SOCKETS, *seccomp._FLAGS),
}


@given(st.integers(0, 2**32 - 1), st.sampled_from(sorted(WORDS)))
@example(8, seccomp._FCNTL)
@example(0x8901, seccomp._IOCTL)
@example(0x40086602, seccomp._IOCTL)
def test_no_file_sends_signals_or_has_its_flags_changed(
    word: int, call: seccomp.Numbers
):
    for machine, kind in KINDS.items():
        (number,) = column(machine, {"x": call})
        for words in (word, word | 1 << 32):  # the kernel takes the lower half
            verdict = judge(build(ALL, machine), kind, number, 3, words)

            is_refused = word in WORDS[call]
            assert verdict == (refused(errno.EPERM) if is_refused else ALLOW)
            assert judge(build(NONE, machine), kind, number, 3, words) == ALLOW
