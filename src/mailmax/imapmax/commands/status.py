"""STATUS (RFC 3501 §6.3.10, RFC 7162 §3.1.7)."""

from mailmax.imapmax.session import ImapSession
from mailmax.wire.imap.codec.encode import encode_mailbox
from mailmax.wire.imap.commands.status import Status


async def perform(session: ImapSession, command: Status) -> None:
    """Say how a mailbox stands."""
    account = session.mail
    folder = account.find(command.mailbox)
    if folder is None or not folder.selectable:
        raise FileNotFoundError
    await session.room.opened.prepare(account, command.mailbox)
    found = account.status(command.mailbox)
    values = {
        b"MESSAGES": found.messages,
        b"RECENT": found.recent,
        b"UIDNEXT": found.uid_next,
        b"UIDVALIDITY": folder.uid_validity,
        b"UNSEEN": found.unseen,
        b"HIGHESTMODSEQ": found.highest_modseq,
    }
    if b"HIGHESTMODSEQ" in command.items:
        session.enable_condstore()  # RFC 7162 §3.1
    items = b" ".join(b"%b %d" % (item, values[item]) for item in command.items)
    name = encode_mailbox(folder.name)
    session.machine.untagged(b"STATUS %b (%b)" % (name, items))
    session.ok("STATUS completed")
