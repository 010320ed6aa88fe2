"""Postfix as Debian ships it: virtual mailboxes in Maildir, relay to the sink.

Its own configuration, queue, data and log directory; the limits of processes and of
connections raised so that 200 sessions find a server each. Its flow control
(in_flow_delay) stays on in neither of its forms: it would wait for the sender's sake.
"""

import os
import subprocess
from pathlib import Path

from bench.peers.base import (
    DEAD,
    DEAD_PORT,
    DOMAIN,
    RECEIVERS,
    Peer,
    free_port,
    ids,
    user_names,
)

_MAIN = """\
compatibility_level = 3.6
config_directory = {conf}
queue_directory = {queue}
data_directory = {data}
maillog_file = {log}
maillog_file_prefixes = {directory}
mail_owner = postfix
setgid_group = postdrop
myhostname = postfix.bench.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
biff = no
default_process_limit = 250
smtpd_client_event_limit_exceptions = 127.0.0.0/8
smtpd_client_connection_count_limit = 0
in_flow_delay = 0
smtpd_peername_lookup = no
smtp_host_lookup = native
disable_dns_lookups = yes
relayhost = [127.0.0.1]:{sink}
transport_maps = texthash:{conf}/transport
smtp_tls_security_level = none
smtpd_tls_security_level = none
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {mail}
virtual_mailbox_maps = texthash:{conf}/boxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
"""

_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix(Peer):
    """Postfix: SMTP in, Maildir or relay out."""

    name = "postfix"

    def setup(self, sink_port: int) -> None:
        uid, gid = ids("postfix")
        conf, mail = self.directory / "conf", self.directory / "mail"
        for path in (conf, mail, self.directory / "queue", self.directory / "data"):
            path.mkdir()
        for path in (mail, self.directory / "data"):
            os.chown(path, uid, gid)
        port = free_port()
        (conf / "main.cf").write_text(
            _MAIN.format(
                conf=conf, mail=mail, directory=self.directory, sink=sink_port,
                queue=self.directory / "queue", data=self.directory / "data",
                log=self.directory / "postfix.log", domain=DOMAIN, uid=uid, gid=gid,
            )
        )  # fmt: skip
        (conf / "master.cf").write_text(_MASTER.format(port=port))
        (conf / "transport").write_text(
            "".join(f"{name} smtp:[{at}]:{DEAD_PORT}\n" for name, at in DEAD.items())
        )
        (conf / "boxes").write_text(
            "".join(f"{name}@{DOMAIN} {name}/\n" for name in user_names())
        )
        subprocess.run(
            ["/usr/sbin/postfix", "-c", conf, "check"], check=True, capture_output=True
        )
        self.receive_address = self.relay_address = ("127.0.0.1", port)

    def command(self) -> list[str]:
        return ["/usr/sbin/postfix", "-c", str(self.directory / "conf"), "start-fg"]

    def delivered(self) -> int:
        mail = self.directory / "mail"
        return sum(_entries(mail / f"u{number}" / "new") for number in range(RECEIVERS))

    def deferred(self) -> int:
        queue = self.directory / "queue" / "deferred"
        return sum(len(files) for _, _, files in os.walk(queue))

    def list_queue(self) -> None:
        conf = str(self.directory / "conf")
        command = ["/usr/sbin/postqueue", "-c", conf, "-p"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for _ in range(3000):  # about a thousand messages
                process.stdout.readline()
            process.kill()

    def stop(self) -> None:
        conf = str(self.directory / "conf")
        subprocess.run(
            ["/usr/sbin/postfix", "-c", conf, "stop"], check=False, capture_output=True
        )
        super().stop()


def _entries(directory: Path) -> int:
    try:
        return len(os.listdir(directory))  # noqa: PTH208 - a count, no paths
    except FileNotFoundError:
        return 0
