"""The only waiting room: recipient states and kept bodies.

Theory:
    Mail that can be sent at once never comes here: it is sent out of the journal and
    only its results are written. What is unfinished at a checkpoint is *kept*: its
    body goes into a segment, its envelope and states into the log; then the position
    in the journals moves on, and the journals are free (DESIGN 5).

Files below the queue directory::

    lock          held while QueueMax runs
    id            its name, when it has an ETRN directory (`etrn`)
    log.G         append-only records of generation G; the highest complete one holds
    .log.G.new    the next generation being written; removed at the start
    body.NNNN     append-only segments of kept bodies
    corrupt/      damaged logs, and mail that could not be taken over (`quarantine`)

Bodies of held mail may lie in the ETRN directory instead (`directories`).

A checkpoint, step by step, and what recovery finds after a cut behind each::

    1 bodies appended, synced      dead octets in a segment; mail still in the journal
    2 KEPT records appended, synced  kept twice over: the keys tell, journal's ignored
    3 POSITION appended, synced    kept
    4 journal told that it is done the same

See Also:
    `policy.retry`, for the stages of a recipient.
"""
