"""Checks of users (manual 7)."""

from collections.abc import Iterator

from mailmax.policy.checks.facts import Facts
from mailmax.policy.checks.finding import Finding, contradiction, named, risk


def forwards(facts: Facts) -> Iterator[Finding]:
    """Forwards must lead to somebody."""
    for user in facts.users:
        if user.kind != "normal" or not user.own.get("forwarding_on"):
            continue
        field = f"user {user.address}: forwards"
        if not user.forwards:
            yield contradiction(
                field,
                "forwarding is on, and the list is empty",
                f"mailmax user forward {user.address} add ADDRESS, or switch it off: "
                f"mailmax user set {user.address} forwarding_on=off",
            )
        for target in user.forwards:
            trouble = _trouble(facts, target)
            if trouble:
                yield contradiction(
                    field,
                    f"{target} {trouble}",
                    f"mailmax user forward {user.address} remove {target}",
                )


def replies(facts: Facts) -> Iterator[Finding]:
    """An answer needs a text, and an address of the user's own (DECISIONS 26)."""
    for user in facts.users:
        if user.kind != "normal" or not user.own.get("reply_on"):
            continue
        if not str(user.own.get("reply_text", "")).strip():
            yield contradiction(
                f"user {user.address}: reply_text",
                "the user answers by itself, and there is no text",
                f"mailmax user reply {user.address} FILE, or --off",
            )
        sender = user.own.get("reply_from", "")
        owner = facts.owner(sender) if sender else None
        if sender and (owner is None or owner.address != user.address):
            yield contradiction(
                f"user {user.address}: reply_from",
                f"{sender} is no address of the user any more",
                f"mailmax user set {user.address} reply_from=",
            )


def administrators(facts: Facts) -> Iterator[Finding]:
    """Who administers must be able to log in, and nobody else as that user."""
    for user in facts.users:
        if not user.is_administrator:
            continue
        cure = f"mailmax user admin {user.address} --none"
        if user.kind != "normal":
            yield contradiction(
                f"user {user.address}",
                f"it administers, and is {user.kind}: nobody logs in there",
                cure,
            )
        elif not user.has_password:
            yield risk(
                f"user {user.address}",
                "it administers, and has no password",
                f"mailmax user password {user.address}",
            )


CHECKS = named(forwards, replies, administrators)


def _trouble(facts: Facts, target: str) -> str:
    """Say why nobody gets what is forwarded to an address here."""
    if not facts.is_here(target):
        return ""
    owner = facts.owner(target)
    if owner is None:
        domain = facts.domain(target.rpartition("@")[2])
        caught = domain is not None and domain.catch_all is not None
        return "" if caught else "is nobody here"
    if owner.kind == "disabled":
        return "is disabled and takes no mail"
    return "is a spam trap" if owner.kind == "trap" else ""
