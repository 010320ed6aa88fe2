"""All events, and the line that each of them makes."""

from mailmax.observe.events import imap, pop, queue, sessions, smtp

Event = (
    queue.ConnectionOpened
    | queue.ConnectionFailed
    | queue.ConnectionEnded
    | queue.CommandSent
    | queue.ReplyHeard
    | queue.NameAsked
    | queue.NameAnswered
    | queue.MailPutOff
    | queue.MailRetried
    | queue.MailFailed
    | queue.MailDied
    | sessions.ClientConnected
    | sessions.ClientKeptOut
    | sessions.ClientLeft
    | sessions.LoggedIn
    | sessions.LoginFailed
    | sessions.CommandHeard
    | sessions.ReplySaid
    | sessions.SessionFailed
    | sessions.Step
    | smtp.MailReceived
    | smtp.ContentHeard
    | pop.MessageSent
    | pop.MaildropClosed
    | imap.MessagesFetched
    | imap.MessageAppended
)


def describe(event: Event) -> str:
    """Return one line for people; whatever a stranger put into it is escaped."""
    return one_line(event.words.format(event))


def one_line(text: str) -> str:
    """Return a text with everything that does not print as its escape.

    That is line ends of every kind, control characters, and what no octets stood for
    (TRUST N1).
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
