"""The table of commands: from an event to its handler."""

from mailmax.imapmax.commands import (
    append,
    capability,
    check,
    close,
    copy,
    create,
    delete,
    enable,
    expunge,
    fetch,
    identify,
    idle,
    list_mailboxes,
    login,
    logout,
    namespace,
    noop,
    rename,
    search,
    select,
    starttls,
    status,
    store,
    subscribe,
    unselect,
    unsubscribe,
)
from mailmax.imapmax.room import Handlers
from mailmax.wire.imap.commands.append import (
    Append,
    AppendAbandoned,
    AppendEnd,
)
from mailmax.wire.imap.commands.capability import Capability
from mailmax.wire.imap.commands.check import Check
from mailmax.wire.imap.commands.close import Close
from mailmax.wire.imap.commands.copy import Copy
from mailmax.wire.imap.commands.create import Create
from mailmax.wire.imap.commands.delete import Delete
from mailmax.wire.imap.commands.enable import Enable
from mailmax.wire.imap.commands.expunge import Expunge
from mailmax.wire.imap.commands.fetch import Fetch
from mailmax.wire.imap.commands.identify import Id
from mailmax.wire.imap.commands.idle import Idle, IdleDone
from mailmax.wire.imap.commands.list_mailboxes import List
from mailmax.wire.imap.commands.login import Login
from mailmax.wire.imap.commands.logout import Logout
from mailmax.wire.imap.commands.namespace import Namespace
from mailmax.wire.imap.commands.noop import Noop
from mailmax.wire.imap.commands.rename import Rename
from mailmax.wire.imap.commands.search import Search
from mailmax.wire.imap.commands.select import Select
from mailmax.wire.imap.commands.starttls import StartTls
from mailmax.wire.imap.commands.status import Status
from mailmax.wire.imap.commands.store import Store
from mailmax.wire.imap.commands.subscribe import Subscribe
from mailmax.wire.imap.commands.unselect import Unselect
from mailmax.wire.imap.commands.unsubscribe import Unsubscribe

HANDLERS: Handlers = {
    Append: append.perform,
    AppendEnd: append.finish,
    AppendAbandoned: append.abandon,
    Capability: capability.perform,
    Check: check.perform,
    Close: close.perform,
    Copy: copy.perform,
    Create: create.perform,
    Delete: delete.perform,
    Enable: enable.perform,
    Expunge: expunge.perform,
    Fetch: fetch.perform,
    Id: identify.perform,
    Idle: idle.perform,
    IdleDone: idle.finish,
    List: list_mailboxes.perform,
    Login: login.perform,
    Logout: logout.perform,
    Namespace: namespace.perform,
    Noop: noop.perform,
    Rename: rename.perform,
    Search: search.perform,
    Select: select.perform,
    StartTls: starttls.perform,
    Status: status.perform,
    Store: store.perform,
    Subscribe: subscribe.perform,
    Unselect: unselect.perform,
    Unsubscribe: unsubscribe.perform,
}
