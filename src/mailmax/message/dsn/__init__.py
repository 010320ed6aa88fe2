"""Delivery status notifications: what became of a message, for people and programs.

Theory:
    Three parts: words for people, fields for programs, and the header of the message
    it is about (or all of it). `report` has the values, `words` what people read,
    `write` the whole; `text` is the one way by which foreign text (addresses, replies
    of remote hosts, subjects) gets in, and leaves no control character in it.

Standards:
    RFC 3464, RFC 3461 §6, RFC 6522 (multipart/report), RFC 3463 (status codes),
    RFC 3834 §5 (Auto-Submitted), RFC 6533 §3.
"""
