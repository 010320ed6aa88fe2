"""Distinct types for the numbers that must never be mixed up."""

from typing import NewType

UserId = NewType("UserId", int)
"""Never reused; 0 means "nobody here"."""

DomainId = NewType("DomainId", int)

FolderId = NewType("FolderId", int)
"""A mailbox of one user; never reused within that user. INBOX is 1."""

Uid = NewType("Uid", int)
"""RFC 3501 §2.3.1.1: 1 to 2^32 - 1, strictly ascending in one mailbox."""

UidValidity = NewType("UidValidity", int)

ModSeq = NewType("ModSeq", int)
"""RFC 7162 §3.1: 1 to 2^63 - 1."""

JournalId = NewType("JournalId", bytes)
"""Sixteen random octets that name one journal for ever."""

INBOX = FolderId(1)
NOBODY = UserId(0)
