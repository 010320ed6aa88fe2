"""The load process: ``python -m bench.load '{"kind": …}'`` prints what it measured.

It runs apart from the server and from the programme that watches both, on uvloop.
"""

import asyncio
import itertools
import json
import random
import sys
import time
from collections.abc import Iterator

import uvloop

from bench import dialogues, mail
from bench.client import DialogueError, speak


def _address(job: dict) -> tuple[str, int] | str:
    where = job["address"]
    return where if isinstance(where, str) else (where[0], where[1])


async def send(job: dict) -> dict:
    """Send `messages` of `size`, `per_session` in each of `sessions` at a time."""
    pool = [
        content.replace(b"\r\n.", b"\r\n..") + b".\r\n"
        for content in mail.pool(job["size"])
    ]
    recipients = [name.encode() for name in job["recipients"]]
    mails = zip(itertools.cycle(recipients), itertools.cycle(pool), strict=False)
    hello = job["hello"].encode()
    sent = [0]
    left = [job["messages"]]
    address = _address(job)
    sources = itertools.cycle(job.get("sources", [None]))
    latencies: list[float] = []

    async def worker() -> None:
        while left[0] > 0:
            count = min(job["per_session"], left[0])
            left[0] -= count
            begin = time.perf_counter()
            await speak(
                address,
                dialogues.send_mail(hello, mails, count, sent, job.get("login", "")),
                next(sources),
            )
            latencies.append(time.perf_counter() - begin)

    begin = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(job["sessions"])))
    seconds = time.perf_counter() - begin
    latencies.sort()
    return {
        "sent": sent[0],
        "seconds": seconds,
        "p50_ms": latencies[len(latencies) // 2] * 1e3,
        "p99_ms": latencies[len(latencies) * 99 // 100] * 1e3,
    }


async def pop(job: dict) -> dict:
    """Each of `users` reads its whole maildrop of `count` messages."""
    octets = [0]
    begin = time.perf_counter()
    await asyncio.gather(
        *(
            speak(_address(job), dialogues.pop_all(user, job["count"], octets))
            for user in job["users"]
        )
    )
    return {"seconds": time.perf_counter() - begin, "octets": octets[0]}


async def imap(job: dict) -> dict:
    """One session: the seconds and answer sizes of each command."""
    rows: list[tuple[float, int]] = []

    def note(_: int, seconds: float, answer: bytes) -> None:
        rows.append((seconds, len(answer)))

    commands = [command.encode() for command in job["commands"]]
    begin = time.perf_counter()
    await speak(_address(job), dialogues.imap(job["user"], commands, note))
    return {
        "seconds": time.perf_counter() - begin,
        "times": [row[0] for row in rows],
        "octets": [row[1] for row in rows],
    }


async def imap_open(job: dict) -> dict:
    """Connect, log in and SELECT, `count` times: seconds to the answer of SELECT."""
    times: list[float] = []

    for _ in range(job["count"]):
        begin = time.perf_counter()

        def note(_: int, __: float, ___: bytes, begin: float = begin) -> None:
            times.append(time.perf_counter() - begin)

        dialogue = dialogues.imap(job["user"], [b"SELECT INBOX"], note)
        await speak(_address(job), dialogue)
    return {"times": times}


async def mixed(job: dict) -> dict:
    """Each of `sessions` gives random commands in one mailbox for `seconds`."""
    end = time.perf_counter() + job["seconds"]
    count = [0]
    size = job["mailbox"]

    def commands(seed: int) -> Iterator[bytes]:
        yield b"SELECT INBOX"
        dice = random.Random(seed)
        while time.perf_counter() < end:
            number = dice.randrange(1, size - 50)
            count[0] += 1
            yield (
                dice.choice(_MIX)
                .replace(b"#", b"%d" % number, 1)
                .replace(b"@", b"%d" % (number + 20))
            )

    await asyncio.gather(
        *(
            speak(_address(job), dialogues.imap(job["user"], commands(seed)))
            for seed in range(job["sessions"])
        )
    )
    return {"rate": count[0] / job["seconds"]}


_MIX = [
    b"NOOP",
    b"FETCH #:@ (FLAGS UID)",
    b"FETCH #:@ (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)",
    b"FETCH # BODY.PEEK[]",
    b"FETCH # BODY.PEEK[HEADER.FIELDS (From To Subject Date)]",
    b"FETCH # BODYSTRUCTURE",
    b"STORE # +FLAGS.SILENT (\\Flagged)",
    b"STORE # -FLAGS.SILENT (\\Flagged)",
    b"SEARCH UID #:@ UNSEEN",
    b"STATUS INBOX (MESSAGES UNSEEN)",
]


async def imap_sessions(job: dict) -> dict:
    """Whole sessions, `sessions` at a time, `count` in all."""
    left = [job["count"]]
    commands = [command.encode() for command in job["commands"]]
    users = itertools.cycle(job["users"])

    async def worker() -> None:
        while left[0] > 0:
            left[0] -= 1
            await speak(_address(job), dialogues.imap(next(users), commands))

    begin = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(job["sessions"])))
    return {"seconds": time.perf_counter() - begin}


async def append(job: dict) -> dict:
    """Each of `users` APPENDs `count` messages of `size`."""
    mails = mail.pool(job["size"], job.get("pool", 64))
    times: list[float] = []

    def note(_: int, seconds: float, __: bytes) -> None:
        times.append(seconds)

    def dialogue(user: str) -> dialogues.Dialogue:
        chosen = list(itertools.islice(itertools.cycle(mails), job["count"]))
        return dialogues.append(user, job["folder"], chosen, note)

    begin = time.perf_counter()
    await asyncio.gather(
        *(speak(_address(job), dialogue(user)) for user in job["users"])
    )
    return {"seconds": time.perf_counter() - begin, "appended": len(times)}


async def fill(job: dict) -> dict:
    """Put `count` different messages into a mailbox; one of ten is unseen."""
    numbers = iter(range(job["count"]))
    size = job["size"]
    folder = job["folder"].encode()

    def commands() -> list[bytes]:
        chosen = itertools.islice(numbers, job["batch"])
        made = [(number, mail.message(number, size)) for number in chosen]
        return [
            b'APPEND "%b" (%b) {%d+}\r\n%b'
            % (folder, b"" if number % 10 == 0 else b"\\Seen", len(one), one)
            for number, one in made
        ]

    async def worker() -> None:
        while batch := commands():
            await speak(_address(job), dialogues.imap(job["user"], batch))

    begin = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(job["sessions"])))
    return {"seconds": time.perf_counter() - begin}


KINDS = {
    "send": send,
    "pop": pop,
    "imap": imap,
    "imap_open": imap_open,
    "imap_sessions": imap_sessions,
    "mixed": mixed,
    "append": append,
    "fill": fill,
}


def main() -> None:
    job = json.loads(sys.argv[1])
    try:
        result = uvloop.run(asyncio.wait_for(KINDS[job["kind"]](job), job["timeout_s"]))
    except (DialogueError, OSError, TimeoutError) as failure:
        sys.exit(f"{type(failure).__name__}: {failure}")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
