"""The wizard in the terminal: the questions of the manual's first page, then a set-up.

Rules:
    A bad answer is asked again, with the reason. Passwords left blank are made up and
    shown at the end, never left blank (DECISIONS 15).

Manual: 1.4.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.prompt import Confirm, IntPrompt, Prompt

from mailmax.cli import service_user
from mailmax.cli.answers import Answers, UserAnswer, check_answers, check_ip
from mailmax.cli.desk import Desk
from mailmax.cli.exits import Exit
from mailmax.hub.host_password import check_host_password
from mailmax.policy.names import check_domain
from mailmax.settings.field import BadValue
from mailmax.settings.kinds import domain_name, name_servers, optional, smart_host

COMMON_USERS = ("postmaster", "admin", "root")

Check = Callable[[str], object]


def ask_answers(desk: Desk) -> Answers | BadValue:
    """Ask everything that a set-up needs."""
    if not sys.stdin.isatty():
        desk.fail(
            BadValue(
                "--answers", "nobody is there to be asked", "name a file of answers"
            ),
            Exit.USAGE,
        )
    console = Console()
    console.print(f"This sets up a new MailMax in {desk.common.root}.", markup=False)
    domain = _ask("Domain", "", check_domain)
    answers = Answers(
        domain=domain,
        hostname=_ask(
            "Host name of this computer",
            f"mail.{domain}",
            _field("hostname", domain_name),
        ),
        ip=_ask("IP address to listen on (* for all)", "*", check_ip),
        base_port=IntPrompt.ask("Added to the standard ports", default=0),
        trust_loopback=Confirm.ask("Trust programs on this computer", default=False),
        name_servers=_words(
            _ask("Name servers (blank: the system's)", "", _field("", name_servers))
        ),
        smart_host=_ask(
            "Smart host for all outgoing mail (blank: none)",
            "",
            _field("smart_host", optional(smart_host)),
        ),
        host_password=_ask_password(
            "Host password, for services on other computers (blank: made up)"
        ),
        users=tuple(_ask_users(domain)),
        run_as=_ask_service_user(desk.common.root) if os.geteuid() == 0 else "",
    )
    return check_answers(answers) or answers


def _ask(question: str, default: str, check: Check) -> str:
    while True:
        answer = Prompt.ask(question, default=default or None) or ""
        found = check(answer.strip())
        if not isinstance(found, BadValue):
            return answer.strip()
        print(f"  {found.reason}; {found.cure}")


def _ask_password(question: str) -> str:
    while True:
        password = Prompt.ask(question, password=True, default="", show_default=False)
        bad = check_host_password(password) if password else None
        if bad is None:
            return password
        print(f"  {bad.reason}; {bad.cure}")


def _ask_users(domain: str) -> list[UserAnswer]:
    return [
        UserAnswer(name, _ask_password("  Password (blank: made up)"))
        for name in COMMON_USERS
        if Confirm.ask(f"Add {name}@{domain}", default=name == "postmaster")
    ]


def _ask_service_user(root: Path) -> str:
    """Ask whom the services become; make that user when it is missing."""

    def check(name: str) -> BadValue | None:
        bad = service_user.check_name(name)
        if bad is not None or name == "root":
            return bad
        if service_user.find(name) is None and Confirm.ask(
            f"  Make the system user {name}", default=True
        ):
            service_user.make(name)
        return service_user.check(name, [root.absolute()])

    question = "User that the services become (root: they stay, without capabilities)"
    return _ask(question, service_user.USUAL, check)


def _field(key: str, check: Callable[[str, str], object]) -> Check:
    return lambda answer: check(key, answer)


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()
