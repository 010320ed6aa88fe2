"""Hostile programs are contained (TRUST J3), each in three situations.

What every one of them leaves is looked at by the scene: no process, no file, the
secret untouched, the other process of the same user alive.
"""

import os
import time
from dataclasses import replace

import pytest

from fix_hostile import ALL_SITUATIONS, FEW, SECRET, Scene
from mailmax.net.children.job import MIB
from mailmax.policy.programs import Ended, NoAnswer, Outcome

everywhere = pytest.mark.parametrize("situation", ALL_SITUATIONS, indirect=True)
"""Also where the filter has to stand in for what an old kernel cannot do."""

SHORT = replace(FEW, wall_s=0.7)


def failure(found: Outcome, *kinds: str) -> str:
    """Return the reason of a failure of one of these kinds."""
    assert isinstance(found, NoAnswer), found
    assert found.kind in kinds, found
    return found.reason


def told(found: Outcome) -> dict[str, str]:
    """Return what a program says it has tried, and what became of it."""
    assert isinstance(found, Ended), found
    assert (found.status, found.gone) == (0, ()), found
    return dict(line.split(" ", 1) for line in found.output.decode().splitlines())


# Time, processes, memory, disk


async def test_one_that_sleeps_for_ever(scene: Scene):
    began = time.monotonic()

    found = await scene.run("time.sleep(600)", SHORT)

    assert "0.7 s" in failure(found, "hung")
    assert time.monotonic() - began < 30


async def test_one_that_ignores_every_signal(scene: Scene):
    body = """
for number in signal.valid_signals():
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True: time.sleep(600)
"""
    failure(await scene.run(body, SHORT), "hung")


async def test_one_that_takes_the_processor(scene: Scene):
    found = await scene.run("while True: pass", replace(FEW, cpu_s=1))

    assert "processor" in failure(found, "over_limits", "hung")


async def test_one_that_fills_the_processes(scene: Scene):
    body = """
for number in range(200):
    try:
        if os.fork() == 0:
            time.sleep(600)
    except OSError:
        sys.exit(0)
time.sleep(600)
"""
    found = await scene.run(body)

    if isinstance(found, NoAnswer):
        assert "processes" in failure(found, "over_limits")


async def test_a_fork_bomb(scene: Scene):
    body = """
end = time.monotonic() + 3
for generation in range(8):  # 256 at the most
    try: os.fork()
    except OSError: pass
time.sleep(600)
"""
    failure(await scene.run(body, replace(FEW, wall_s=3)), "over_limits", "hung")


async def test_one_that_takes_memory(scene: Scene):
    body = f"""
kept = []
try:
    for _ in range(64): kept.append(bytearray({16 * MIB}))
except MemoryError: sys.exit(3)
time.sleep(600)
"""
    found = await scene.run(body)

    if isinstance(found, Ended):
        assert found.status == 3
    else:
        assert "memory" in failure(found, "over_limits")


async def test_many_that_take_memory_together(scene: Scene):
    body = f"""
for _ in range(8):
    if os.fork() == 0:
        kept = bytearray(b"x" * {48 * MIB})
        time.sleep(600)
time.sleep(600)
"""
    assert "memory" in failure(await scene.run(body), "over_limits")


async def test_one_that_takes_memory_without_processes(scene: Scene):
    body = """
tried("memfd", lambda: called("memfd_create", b"x", 0))
tried("shm", lambda: called("shmget", 0, 4096, 0o1600))
tried("queue", lambda: called("mq_open", b"/x", os.O_CREAT | os.O_RDWR, 0o600, None))
"""
    assert set(told(await scene.run(body)).values()) == {"EPERM"}


async def test_one_that_fills_the_disk(scene: Scene):
    body = f"""
piece = b"x" * {4 * MIB}
for number in range(32):
    with open(f"more-{{number}}", "wb") as file: file.write(piece)
time.sleep(600)
"""
    assert "wrote too much" in failure(await scene.run(body), "over_limits")


async def test_one_that_writes_one_endless_file(scene: Scene):
    body = f"""
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
file = os.open("more", os.O_CREAT | os.O_WRONLY)
while True: os.write(file, b"x" * {MIB})
"""
    assert "too large a file" in failure(await scene.run(body), "over_limits")


async def test_one_that_makes_endless_files(scene: Scene):
    body = """
for number in range(1000): os.close(os.open(str(number), os.O_CREAT))
time.sleep(600)
"""
    assert "too many files" in failure(await scene.run(body), "over_limits")


async def test_one_that_nests_directories(scene: Scene):
    """Deeper than a path, or a stack, may be."""
    body = """
for _ in range(1500):
    os.mkdir("d" * 40)
    os.chdir("d" * 40)
time.sleep(600)
"""
    failure(await scene.run(body), "over_limits")


async def test_one_that_prints_without_end(scene: Scene):
    body = f"""
for _ in range(64): os.write(1, b"x" * {MIB})
"""
    found = await scene.run(body)

    assert isinstance(found, Ended)
    assert found.output == b"x" * FEW.output_octets


# What it leaves running


@everywhere
async def test_one_that_becomes_a_daemon(scene: Scene):
    body = """
if os.fork() == 0:
    try: os.setsid()
    except OSError: pass
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
os.wait()
"""
    found = await scene.run(body)

    assert isinstance(found, Ended)
    assert scene.left() == []


async def test_one_that_leaves_its_output_open(scene: Scene):
    """What it started holds its output, and is not waited for."""
    body = """
if os.fork() == 0: time.sleep(600)
print("said", flush=True)
"""
    found = await scene.run(body)

    assert isinstance(found, Ended)
    assert found.output == b"said\n"


async def test_one_that_closes_what_it_was_given(scene: Scene):
    found = await scene.run("for number in range(3): os.close(number)")

    assert isinstance(found, Ended)
    assert found.gone == ()


# What its end means


@pytest.mark.parametrize("number", ["SIGKILL", "SIGABRT"])
async def test_one_that_a_signal_ends(scene: Scene, number: str):
    body = f"""
os.unlink("000001.exe")
signal.raise_signal(signal.{number})
"""
    failure(await scene.run(body), "crashed")


async def test_one_that_a_shell_says_was_killed(scene: Scene):
    body = 'os.unlink("000001.exe"); sys.exit(137)'

    assert "137" in failure(await scene.run(body), "crashed")


async def test_one_that_removes_everything(scene: Scene):
    body = """
for name in os.listdir(): os.unlink(name)
tried("directory", lambda: os.rmdir(os.getcwd()))
tried("above", lambda: os.rename("../scratch", "../other"))
tried("names", lambda: os.unlink("../names.json"))
"""
    found = await scene.run(body)

    assert isinstance(found, Ended)
    assert found.gone == (0, 1)
    assert b"done" not in found.output


@pytest.mark.parametrize(
    ("act", "why"),
    [
        ('os.symlink("/etc/shadow", name)', "a symbolic link"),
        ("os.mkfifo(name)", "a pipe"),
        ("os.mkdir(name)", "a directory"),
        ('open(name, "w").close(); os.link(name, "other")', "2 names"),
    ],
    ids=["symbolic-link", "pipe", "directory", "hard-link"],
)
async def test_one_that_puts_something_else_there(scene: Scene, act: str, why: str):
    body = f'name = "000001.exe"\nos.unlink(name)\n{act}'

    assert why in failure(await scene.run(body), "broken")


async def test_one_that_makes_devices_and_sockets(scene: Scene):
    body = """
import stat
for kind in (stat.S_IFBLK, stat.S_IFCHR):
    tried(str(kind), lambda: os.mknod("device", 0o600 | kind, os.makedev(1, 1)))
tried("socket", lambda: os.mknod("door", 0o600 | stat.S_IFSOCK))
"""
    assert set(told(await scene.run(body)).values()) <= {"EPERM", "EACCES"}


# What it can reach


@everywhere
async def test_one_that_reads_another_users_mail(scene: Scene):
    body = """
secret = sys.argv[1] + "/secret"
os.symlink(secret, "link")
tried("read", lambda: open(secret).read())
tried("through", lambda: open("link").read())
tried("shadow", lambda: open("/etc/shadow").read())
tried("list", lambda: os.listdir(sys.argv[1]))
tried("above", lambda: os.listdir("../.."))
tried("memory", lambda: open(f"/proc/{sys.argv[2]}/environ").read())
tried("link", lambda: os.link(secret, "mine"))
tried("move", lambda: os.rename(secret, "mine"))
os.unlink("link")
"""
    found = await scene.run(body)

    assert set(told(found).values()) <= {"EACCES", "EPERM", "EXDEV", "ENOENT", "EROFS"}
    assert SECRET not in str(found)


@everywhere
async def test_one_that_writes_elsewhere(scene: Scene):
    body = """
there = sys.argv[1]
tried("append", lambda: open(there + "/secret", "a"))
tried("truncate", lambda: os.truncate(there + "/secret", 0))
tried("mode", lambda: os.chmod(there + "/secret", 0o777))
tried("owner", lambda: os.chown(there + "/secret", os.getuid(), -1))
tried("times", lambda: os.utime(there + "/secret", (0, 0)))
tried("mark", lambda: os.setxattr(there + "/secret", "user.x", b"x"))
tried("new", lambda: open(there + "/new", "w"))
tried("remove", lambda: os.unlink(there + "/secret"))
tried("temporary", lambda: open("/tmp/mailmax-hostile", "w"))
tried("own-names", lambda: open("../names.json", "w"))
"""
    values = set(told(await scene.run(body)).values())

    assert values <= {"EACCES", "EPERM", "EROFS"}


@everywhere
async def test_one_that_changes_what_it_may_only_read(scene: Scene):
    body = """
import fcntl, struct
file = os.open(sys.argv[5], os.O_RDONLY)
tried("mode", lambda: os.fchmod(file, 0o777))
tried("owner", lambda: os.fchown(file, os.getuid(), os.getgid()))
tried("times", lambda: os.utime(file, (0, 0)))
tried("mark", lambda: os.setxattr(file, "user.x", b"x"))
tried("flags", lambda: fcntl.ioctl(file, 0x40086602, struct.pack("l", 0x40)))
tried("length", lambda: os.ftruncate(file, 0))
tried("write", lambda: os.open(sys.argv[5], os.O_WRONLY))
tried("link", lambda: os.link(sys.argv[5], "mine"))
"""
    tool = scene.readable / "tool"
    tool.write_text("a tool of the services' user")
    before = tool.stat()

    found = await scene.run(body, FEW, str(tool))

    refused = {"EPERM", "EROFS", "EACCES", "EINVAL", "EXDEV", "ENOTSUP"}
    assert set(told(found).values()) <= refused
    after = tool.stat()
    assert (before.st_mode, before.st_mtime_ns) == (after.st_mode, after.st_mtime_ns)


@everywhere
async def test_one_that_points_a_time_at_a_strange_address(scene: Scene):
    """Half of an address looks as if there were none."""
    body = """
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [
    ctypes.c_long]
place = libc.mmap(0x500000000, 4096, 3, 0x32, -1, 0)
assert place == 0x500000000
path = (sys.argv[1] + "/secret").encode() + b"\\0"
ctypes.memmove(place, path, len(path))
times = (ctypes.c_long * 4)(1, 0, 1, 0)
tried("times", lambda: called("utimensat", -100, ctypes.c_void_p(place), times, 0))
"""
    assert set(told(await scene.run(body)).values()) <= {"EPERM", "EROFS"}


async def test_one_that_executes_what_it_was_given(scene: Scene):
    body = """
for place in (".", "../scratch"):
    name = place + "/program"
    file = os.open(name, os.O_WRONLY | os.O_CREAT, 0o700)
    os.write(file, b"#!/bin/sh\\necho executed\\n")
    os.close(file)
    tried(place, lambda: os.execv(name, [name]))
"""
    assert set(told(await scene.run(body)).values()) == {"EACCES"}


async def test_one_that_uses_open_files_of_the_services(scene: Scene):
    kept = [os.open("/dev/null", os.O_RDONLY) for _ in range(20)]
    for number in kept:
        os.set_inheritable(number, True)
    body = """
for number in range(3, 64): tried(str(number), lambda: os.fstat(number).st_ino)
"""
    try:
        found = await scene.run(body)
    finally:
        for number in kept:
            os.close(number)

    assert set(told(found).values()) == {"EBADF"}


async def test_one_that_reads_the_environment_of_the_services(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MAILMAX_TEST_SECRET", SECRET)

    found = await scene.run('print("environment", sorted(os.environ))')

    words = told(found)["environment"]
    assert words == "['HOME', 'LANG', 'MAILMAX_NAMES', 'PATH', 'TMPDIR']"


async def test_one_that_calls_out(scene: Scene):
    body = """
def connect(family, kind, place):
    with socket.socket(family, kind) as calling: calling.connect(place)
tried("tcp", lambda: connect(socket.AF_INET, 1, ("127.0.0.1", int(sys.argv[3]))))
tried("udp", lambda: connect(socket.AF_INET, 2, ("192.0.2.1", 53)))
tried("tcp6", lambda: connect(socket.AF_INET6, 1, ("::1", int(sys.argv[3]))))
tried("unix", lambda: connect(socket.AF_UNIX, 1, sys.argv[4]))
tried("raw", lambda: connect(socket.AF_INET, 3, ("127.0.0.1", 0)))
tried("packet", lambda: socket.socket(17, 3, 0).close())
tried("netlink", lambda: socket.socket(16, 3, 0).close())
"""
    assert set(told(await scene.run(body)).values()) == {"EPERM"}


async def test_one_that_traces_who_started_it(scene: Scene):
    body = """
class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
room = ctypes.create_string_buffer(8)
here = Piece(ctypes.addressof(room), 8)
for who in (os.getppid(), int(sys.argv[2])):
    tried(f"attach-{who}", lambda: called("ptrace", 16, who, None, None))
    tried(f"read-{who}", lambda: called(
        "process_vm_readv", who, ctypes.byref(here), 1, ctypes.byref(here), 1, 0))
"""
    assert set(told(await scene.run(body)).values()) == {"EPERM"}


@everywhere
async def test_one_that_has_a_file_end_the_services(scene: Scene):
    """A file may send a signal when it can be read: any signal, to its owner."""
    body = """
import fcntl
victim = int(sys.argv[2])
for ours, theirs in ((os.pipe()), [one.detach() for one in socket.socketpair()]):
    for what, value in ((10, signal.SIGKILL), (fcntl.F_SETOWN, victim)):
        try: fcntl.fcntl(ours, what, value)
        except OSError: pass
    try: fcntl.ioctl(ours, 0x8901, victim.to_bytes(4, "little"))
    except OSError: pass
    fcntl.fcntl(ours, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    os.write(theirs, b"x")
print("tried all")
"""
    assert told(await scene.run(body)) == {"tried": "all"}
    assert scene.victim.poll() is None


@everywhere
async def test_one_that_ends_the_services(scene: Scene):
    body = """
import resource
victim = int(sys.argv[2])
tried("kill", lambda: os.kill(victim, signal.SIGKILL))
tried("group", lambda: os.killpg(victim, signal.SIGKILL))
tried("limits", lambda: resource.prlimit(victim, resource.RLIMIT_FSIZE, (1, 1)))
tried("nice", lambda: os.setpriority(os.PRIO_PROCESS, victim, 19))
"""
    assert set(told(await scene.run(body)).values()) <= {"EPERM", "ESRCH"}
    assert scene.victim.poll() is None


async def test_one_that_makes_a_world_of_its_own(scene: Scene):
    body = """
for flag in (0x10000000, 0x20000, 0x20000000, 0x40000000, 0x08000000):
    tried(f"unshare-{flag:x}", lambda: called("unshare", flag))
    tried(f"clone-{flag:x}", lambda: called("syscall", NUMBER, flag | 17, 0, 0, 0, 0))
tried("mount", lambda: called("mount", b"none", b"/tmp", b"tmpfs", 0, None))
tried("unmount", lambda: called("umount2", b"/", 2))
tried("root", lambda: os.chroot("."))
tried("keys", lambda: called("syscall", KEYS, 0, -3, 0))
"""
    arm = os.uname().machine == "aarch64"
    clone, keys = ("220", "219") if arm else ("56", "250")
    body = body.replace("NUMBER", clone).replace("KEYS", keys)

    assert set(told(await scene.run(body)).values()) == {"EPERM"}


async def test_one_that_takes_more_than_its_limits(scene: Scene):
    body = """
import resource
for which in (resource.RLIMIT_CPU, resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE):
    try: resource.setrlimit(which, (1 << 40, 1 << 40)); print(which, "done")
    except (OSError, ValueError): print(which, "refused")
tried("root", lambda: os.setuid(0) or os.getuid())
tried("group", lambda: os.setgroups([0]))
"""
    found = told(await scene.run(body))

    assert found.pop("root") in {"EPERM", "EINVAL", "done 0"}
    assert found.pop("group") == "EPERM"
    assert set(found.values()) == {"refused"}


async def test_one_that_closes_its_directories(scene: Scene):
    """They are removed, though their maker may not enter them any more."""
    body = """
os.mkdir("a", 0o300)
os.mkdir("a/b", 0o300)
os.mkdir("a/b/c", 0)
"""
    assert isinstance(await scene.run(body), Ended)
