"""What each command does; the names are those of `wire.imap.commands`."""
