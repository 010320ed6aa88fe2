"""The memory twin: all that `port` promises, except surviving the process.

Theory:
    The truth of a mailbox is a list of events (added, flags, gone), as it is on
    disk; an open `MemoryMailbox` holds columns and the place in that list up to which
    they were read. So what is true and what was read differ here exactly as they do
    in the real store, and `refresh` tells the same notes.

Rules:
    Held to the same contract tests as `segments`. May be used by several sessions and
    threads of one process. Watches call back on the loop on which they were asked
    for, once for each burst.
"""
