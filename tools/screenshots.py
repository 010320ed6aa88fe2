"""Writes docs/pictures: the demo in Chromium, with an hour of activity and a live spy.

The hour is told to the hub as services tell it, the same numbers each time; mail,
logins and what the spy shows are real.
"""

import asyncio
import contextlib
import imaplib
import math
import poplib
import random
import re
import smtplib
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, TimeoutError, sync_playwright  # noqa: A004

from mailmax.hub.client import HubClient
from mailmax.hub.contract.activity import ReportActivity, Slot
from mailmax.hub.host_password import PasswordFile
from mailmax.hub.joining import Identity
from mailmax.settings.local import STANDARD_PORTS, load_local
from mailmax.settings.web import WEB_PORT

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
LARGEST_OCTETS = 300_000
SIZE = {"width": 1440, "height": 900}
QUICK = re.compile(r"connected · \d{1,2} ms")
SLOTS, SLOT_S = 358, 10
SINK_PORT = 26
PEOPLE = (
    "anna,Anna,Keller", "bruno,Bruno,Costa", "carla,Carla,Nowak",
    "david,David,Okafor", "elena,Elena,Rossi", "farid,Farid,Haddad",
    "greta,Greta,Lindholm", "hugo,Hugo,Martin", "ines,Ines,Duarte",
    "jonas,Jonas,Weber", "sales,,", "postmaster,,",
)  # fmt: skip


def free_base() -> int:
    """Return a base port above which all ports are free."""
    for base in range(36_000, 60_000, 1_000):
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            for port in (*STANDARD_PORTS.values(), WEB_PORT, SINK_PORT):
                stack.enter_context(socket.create_server(("127.0.0.1", base + port)))
            return base
    raise SystemExit("no ports are free")


@contextlib.contextmanager
def demo(root: Path, base: int) -> Iterator[None]:
    """Run the demo; it is ready when it prints its link."""
    command = [sys.executable, "-m", "mailmax", "demo", "--dir", str(root)]
    with subprocess.Popen(
        [*command, "--base-port", str(base)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            if not any("Signs in without" in line for line in process.stdout or ()):
                raise SystemExit("the demo does not start")
            yield
        finally:
            process.terminate()


def mailmax(root: Path, *arguments: str) -> None:
    """Run a command of an administrator."""
    command = [sys.executable, "-m", "mailmax", *arguments, "--dir", str(root)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def add_people(root: Path) -> None:
    """Add a name, domains and users."""
    mailmax(root, "config", "set", "system_name", "mail.example.org")
    for domain in ("example.org", "example.net"):
        mailmax(root, "domain", "add", domain)
    lines = [
        f"{name}@example.org,demo-{name},{first},{last}\n"
        for name, first, last in (one.split(",") for one in PEOPLE)
    ]
    file = root.parent / "people.csv"
    file.write_text("".join(lines))
    mailmax(root, "user", "import", str(file))


def hour(of: random.Random, height: float) -> Iterator[Slot]:
    """Yield an hour of activity, the same for the same seed."""
    for number in range(SLOTS):
        wave = 1 + 0.6 * math.sin(number / 40) + 0.3 * math.sin(number / 9)
        busy = max(0, int(of.gauss(height * wave, height / 4)))
        failed = 1 if of.random() < 0.06 else 0
        octets = sum(of.randrange(2_000, 60_000) for _ in range(busy))
        age_s = (SLOTS - number) * SLOT_S
        yield Slot(age_s, busy, busy, failed, busy, busy // 2, octets, octets // 2)


async def tell_an_hour(root: Path) -> None:
    """Tell the hub an hour of each service."""
    local = load_local(root)
    password = PasswordFile(local.paths.host_password)
    heights = {"smtpmax": 9.0, "popmax": 5.0, "imapmax": 12.0, "queuemax": 4.0}
    for seed, (role, height) in enumerate(heights.items()):
        me = Identity(role, local.node)
        hub = HubClient(local.hub_address, password, me, frozenset())
        await hub.start(30)
        slots = tuple(hour(random.Random(seed), height))  # noqa: S311 - to be repeated
        await hub.ask(ReportActivity(bytes([seed]) * 16, 1, slots))
        await hub.stop()


def live(base: int, ended: threading.Event) -> None:
    """Send mail and read it, until the pictures are taken."""
    number = 0
    while not ended.wait(0.4):
        number += 1
        name = PEOPLE[number % 10].partition(",")[0]
        user = f"{name}@example.org"
        with contextlib.suppress(OSError, smtplib.SMTPException):
            with smtplib.SMTP("127.0.0.1", base + STANDARD_PORTS["smtp"]) as smtp:
                content = f"Subject: Minutes {number}\r\n\r\nSee you on Monday.\r\n"
                smtp.sendmail("office@example.com", [user], content)
            with imaplib.IMAP4("127.0.0.1", base + STANDARD_PORTS["imap"]) as imap:
                imap.login(user, f"demo-{name}")
        with contextlib.suppress(OSError, poplib.error_proto):
            pop = poplib.POP3("127.0.0.1", base + STANDARD_PORTS["pop3"])
            pop.user(user)
            pop.pass_(f"demo-{name}")
            pop.quit()


def take(page: Page, name: str) -> None:
    """Write a picture."""
    page.evaluate("document.activeElement?.blur()")
    with contextlib.suppress(TimeoutError):  # a busy computer is slow for ever
        page.get_by_text(QUICK).wait_for(timeout=20_000)
    octets = page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")
    if len(octets) > LARGEST_OCTETS:
        raise SystemExit(f"{name}.png is too large: {len(octets)} octets")
    print(f"{name}.png: {len(octets)} octets")


def show(page: Page, base: int) -> None:
    """Go through the pages."""
    place = f"http://127.0.0.1:{base + WEB_PORT}/admin"
    page.goto(f"{place}/login")
    page.get_by_label("Address").fill("admin@demo.test")
    page.get_by_label("Password", exact=True).fill("demo")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="SMTPMax", level=3).wait_for()
    page.wait_for_load_state("networkidle")
    take(page, "overview")
    page.goto(f"{place}/domains/example.org")
    page.get_by_text("anna@example.org").first.wait_for()
    page.wait_for_load_state("networkidle")
    take(page, "domains-and-users")
    page.goto(f"{place}/activity")
    page.locator("canvas").nth(5).wait_for()
    page.get_by_role("button", name="Actions for SMTPMax").click()
    page.get_by_role("menuitem", name="Trace events").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Commands sent").click()
    dialog.get_by_role("button", name="Start").click()
    page.get_by_text("RCPT TO").nth(3).wait_for()
    page.wait_for_load_state("networkidle")
    take(page, "activity")


def look(base: int) -> None:
    """Open the browser."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        context = chromium.new_context(
            viewport=SIZE, locale="en-GB", reduced_motion="reduce"
        )
        show(context.new_page(), base)
        chromium.close()


def main() -> None:
    """Write them all."""
    PICTURES.mkdir(exist_ok=True)
    base, ended = free_base(), threading.Event()
    with tempfile.TemporaryDirectory(prefix="mailmax-pictures-") as made:
        Path(made).chmod(0o711)  # the services may be another user
        root = Path(made) / "node"
        with demo(root, base):
            add_people(root)
            asyncio.run(tell_an_hour(root))
            worker = threading.Thread(target=live, args=(base, ended))
            worker.start()
            try:
                look(base)
            finally:
                ended.set()
                worker.join()


if __name__ == "__main__":
    main()
