"""The closed catalogue of what services tell while they work, a module for each.

Theory:
    An event is a value with the kinds of the manual that it belongs to (`kinds`),
    often several: who asked for any of them gets it, once. `catalogue` lists them all
    and makes a line of each, by the words that stand in its class; `categories` says
    under which names of the manual they can be asked for, in log files and for spying.
    Whom it is about (`kinds.Who`) is bound once for a session, so that a filter by
    address, user or session is a comparison.

Rules:
    Nobody decides anything from an event. What a stranger said is printable here
    (`policy.outcome.printable`), the words of a login are never part of an event, and
    the content of mail is part of `smtp.ContentHeard` only.

Manual: §4.3.1, §4.4.1, §4.5.2, §4.5.4 (logging), §9.2 (tracing).
"""
