"""MailMax: a complete mail server.

The floors of the house, from the ground up: `base`, `settings`, `message`, `wire`
and `policy` are pure; `observe`, `net`, `store` and `hub` have effects; the rooms
(`smtpmax`, `popmax`, `imapmax`, `queuemax`, `filer`, `datamax`) are the services;
`bootstrap` and `cli` put them together.
"""

__version__ = "0.1.0"
