"""Settings of the virus check and of what is done with infected mail.

Manual: 4.10, 4.11.
"""

from mailmax.base.units import GIB, KIB, MIB
from mailmax.settings.field import Field
from mailmax.settings.kinds import (
    boolean,
    choice,
    mail_address,
    number,
    octets,
    one_line,
    optional,
    scanner_address,
)

FILES = ("executables", "beginnings", "all")
WHEN_DOWN = ("defer", "pass")
UNSCANNED = ("copy", "pass", "refuse")
STRANGERS = ("by_actions", "refuse", "accept")

EXTERNAL = ("quarantine", "discard")

FIELDS = (
    Field(
        key="external_check",
        label="Enable external virus check",
        default=False,
        check=boolean,
        help="Let a program look at the attached files of all mail, before ClamAV "
        "does.",
        manual="4.10",
    ),
    Field(
        key="external_command",
        label="Command line",
        default="",
        check=one_line(4_096),
        help="The program's whole path, and its arguments; there is no shell. %d is "
        "the directory with the files. It says that one is infected by removing it, "
        "and ending as usual.",
        manual="4.10",
    ),
    Field(
        key="external_timeout_s",
        label="External check: time limit",
        default=60,
        check=number(1, 300),
        help="How long the program may take for a message.",
        manual="4.10",
        unit="seconds",
    ),
    Field(
        key="external_when_failing",
        label="When the program fails",
        default="defer",
        check=choice(*WHEN_DOWN),
        help="It hangs, crashes or cannot be started. `defer`: who hands in mail is "
        "asked to try again later. `pass`: the mail is taken with a warning in its "
        "header (X-MailMax-Virus) and in the log.",
        manual="4.10",
        choices=WHEN_DOWN,
    ),
    Field(
        key="external_infected",
        label="What the program says is infected",
        default="quarantine",
        check=choice(*EXTERNAL),
        help="`quarantine`: as what ClamAV finds. `discard`: it is thrown away. What "
        "comes from strangers is refused all the same, by `virus_strangers`.",
        manual="4.10",
        choices=EXTERNAL,
    ),
    Field(
        key="virus_check",
        label="Enable internal virus check",
        default=False,
        check=boolean,
        help="Have ClamAV (clamd) look at the mail to and from users, and for domains "
        "that pass mail on, where their own virus check is on. Mail is taken, or not, "
        "when the answer is there.",
        manual="4.10",
    ),
    Field(
        key="clamd_address",
        label="clamd",
        default="/run/clamav/clamd.ctl",
        check=scanner_address,
        help="Where clamd listens: the path of its socket, which the services must be "
        "allowed to open, or HOST:PORT with an IP address.",
        manual="4.10",
    ),
    Field(
        key="virus_depth",
        label="Recursion depth",
        default=20,
        check=number(1, 50),
        help="How deeply mail may be nested. What is nested more deeply is not looked "
        "at, and the message counts as one that could not be checked as a whole.",
        manual="4.10",
    ),
    Field(
        key="virus_files",
        label="File types",
        default="all",
        check=choice(*FILES),
        help="What clamd is given. `all`: the whole message while it comes, and its "
        "parts one by one where mail is built so that readers may differ. "
        "`beginnings`: once it is here, each file by itself, of those that are no "
        "executables or libraries the first 8 kB: a packed one can hardly be read so. "
        "`executables`: executables and libraries alone, whole; not what is packed.",
        manual="4.10",
        choices=FILES,
    ),
    Field(
        key="virus_size_octets",
        label="Largest message",
        default=25 * MIB,
        check=octets(64 * KIB, GIB),
        help="Larger ones are not checked, and count as such. Not above "
        "StreamMaxLength of clamd.",
        manual="4.10",
        unit="octets",
    ),
    Field(
        key="virus_timeout_s",
        label="Time limit",
        default=60,
        check=number(1, 300),
        help="How long clamd may take for a message once all of it is here.",
        manual="4.10",
        unit="seconds",
    ),
    Field(
        key="virus_when_down",
        label="When clamd does not answer",
        default="defer",
        check=choice(*WHEN_DOWN),
        help="`defer`: who hands in mail is asked to try again later. `pass`: it is "
        "taken with a warning in its header (X-MailMax-Virus) and in the log.",
        manual="4.10",
        choices=WHEN_DOWN,
    ),
    Field(
        key="virus_unscanned",
        label="What cannot be checked",
        default="copy",
        check=choice(*UNSCANNED),
        help="Mail that is too large, nested too deeply, or more than clamd reads. "
        "`pass`: it is taken with a warning in its header. `copy`: the same, and a "
        "copy is kept in quarantine. `refuse`: it is refused.",
        manual="4.10",
        choices=UNSCANNED,
    ),
    Field(
        key="virus_strangers",
        label="Infected mail of strangers",
        default="by_actions",
        check=choice(*STRANGERS),
        help="Of clients that have not logged in and are not trusted. `refuse`: it is "
        "refused while they wait, and nothing is kept. `accept`: it is taken, and the "
        "actions below are done. `by_actions`: refused unless one is chosen for mail "
        "that comes in. Nobody is sent a report of it, in no case.",
        manual="4.11",
        choices=STRANGERS,
    ),
    Field(
        key="virus_alert_to",
        label="Alert to the following address",
        default="",
        check=optional(mail_address),
        help="Who gets a message for each virus that is found in mail that was taken; "
        "at most 60 an hour. Empty: nobody.",
        manual="4.11",
    ),
    Field(
        key="virus_quarantine_to",
        label="Quarantine: address",
        default="",
        check=optional(mail_address),
        help="Where infected mail goes, as it is, where one of the next two is on. "
        "Else it is kept in the quarantine (mailmax quarantine).",
        manual="4.11",
    ),
    Field(
        key="virus_quarantine_in",
        label="Quarantine: inbound",
        default=False,
        check=boolean,
        help="Mail of others goes to that address.",
        manual="4.11",
    ),
    Field(
        key="virus_quarantine_out",
        label="Quarantine: outbound",
        default=False,
        check=boolean,
        help="Mail of users goes to that address.",
        manual="4.11",
    ),
    Field(
        key="virus_notify_sender",
        label="Notify sender",
        default=False,
        check=boolean,
        help="Tell a user who has logged in to send it, and nobody else: viruses come "
        "with other people's addresses.",
        manual="4.11",
    ),
    Field(
        key="virus_notify_recipient",
        label="Notify recipient",
        default=False,
        check=boolean,
        help="Tell users that something for them was held back; a few an hour.",
        manual="4.11",
    ),
    Field(
        key="virus_disinfect",
        label="Attempt to disinfect",
        default=False,
        check=boolean,
        help="Put a short text in the place of infected attachments, and deliver the "
        "rest with X-MailMax-Virus in its header, where nothing is found in it any "
        "more. The message as it was goes into quarantine.",
        manual="4.11",
    ),
    Field(
        key="quarantine_days",
        label="Quarantine: days",
        default=30,
        check=number(1, 3650),
        help="How long mail is kept in the quarantine of a computer.",
        manual="4.11",
        unit="days",
    ),
    Field(
        key="quarantine_octets",
        label="Quarantine: size",
        default=GIB,
        check=octets(MIB, 1024 * GIB),
        help="How large the quarantine of a computer may grow; the oldest mail goes "
        "first, before another message is kept.",
        manual="4.11",
        unit="octets",
    ),
    Field(
        key="quarantine_messages",
        label="Quarantine: messages",
        default=10_000,
        check=number(1, 1_000_000),
        help="How many messages are kept in the quarantine of a computer; the oldest "
        "go first, before another one is kept.",
        manual="4.11",
    ),
)
