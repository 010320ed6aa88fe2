"""Sans-I/O machines: octets in, events out; replies in, octets out. Pure.

Every server machine speaks the same verbs (`Machine`), so that one driver,
`net.conversation`, serves them all.
"""
