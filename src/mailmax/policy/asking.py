"""May this message go over that session, by what its sender asks for.

Rules:
    A message that requires TLS goes only where the server has proved its name and
    promises to require the same of the next (REQUIRETLS). One that is to be returned
    when it is late goes only where the server takes that over, and while time is
    left; one of which the sender is only to hear goes anywhere.
    Whoever does not take the duty of notifying over leaves it with us: `takes_over`.

    Deviation: RFC 8689 §4.2.1 - the name of an exchanger has to be proved by DNSSEC
    or MTA-STS; neither is looked at here. The certificate has to be good for the name
    that the MX record gave, by the authorities that this computer trusts.

Standards:
    RFC 8689 §4.2.1, RFC 2852 §4, RFC 3461 §5.2, RFC 3463 (5.7.30, 5.4.7, 5.3.3).
"""

from collections.abc import Mapping

from mailmax.base.envelope import Wishes
from mailmax.policy.outcome import Outcome, permanent


def check_proof(
    offers: Mapping[str, str], host: str, *, is_proved: bool
) -> Outcome | None:
    """Return a refusal of a session over which mail that requires TLS may not go."""
    if not is_proved:
        return no_proof("it offers no TLS", host)
    if "REQUIRETLS" not in offers:
        return no_proof("it does not offer REQUIRETLS", host)
    return None


def no_proof(why: str, host: str) -> Outcome:
    """Return that mail that requires TLS cannot go to a host."""
    return permanent("5.7.30", f"the sender requires TLS at {host}: {why}", host)


def check_time(wishes: Wishes, offers: Mapping[str, str], by_s: int) -> Outcome | None:
    """Return a refusal of a message that has to be returned when it is late."""
    if not wishes.deliver_by_ms or not wishes.by_mode.startswith("R"):
        return None
    if by_s <= 0:
        return permanent("5.4.7", "the time in which it was to be delivered is over")
    if "DELIVERBY" not in offers:
        return permanent("5.3.3", "the server does not promise delivery in time")
    least = offers["DELIVERBY"]
    if least.isascii() and least.isdigit() and len(least) < 10 and by_s < int(least):
        return permanent("5.4.7", f"the server needs {least} s to deliver it")
    return None


def takes_over(offers: Mapping[str, str]) -> bool:
    """Tell whether the server reports to the sender what becomes of the message."""
    return "DSN" in offers
