"""Dovecot as Debian ships it: LMTP into sdbox, IMAP and POP3.

Tuned as its manual says for many sessions: login processes that serve many, IMAP and
POP3 processes that are used again, an authentication cache. Synced as it ships
(``mail_fsync = optimized``).
"""

import os

from bench.peers.base import (
    DOMAIN,
    PASSWORDS,
    RECEIVERS,
    Peer,
    free_port,
    ids,
    user_names,
)

_CONF = """\
base_dir = {d}/run
state_dir = {d}/state
log_path = {d}/dovecot.log
info_log_path = {d}/dovecot.log
listen = 127.0.0.1
protocols = imap pop3 lmtp
ssl = no
disable_plaintext_auth = no
default_internal_user = dovecot
default_login_user = dovenull
first_valid_uid = 1
mail_uid = {uid}
mail_gid = {gid}
mail_home = {d}/mail/%n
mail_location = sdbox:~/sdbox
mail_plugins =
mail_max_userip_connections = 5000
auth_cache_size = 10M
auth_cache_ttl = 1 hour
auth_mechanisms = plain
default_process_limit = 1000
default_client_limit = 5000
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%n {d}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={d}/mail/%n
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
  service_count = 0
  process_min_avail = 2
  client_limit = 2000
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop}
  }}
  inet_listener pop3s {{
    port = 0
  }}
  service_count = 0
  process_min_avail = 1
}}
service imap {{
  service_count = 256
  process_min_avail = 4
  process_limit = 2000
}}
service pop3 {{
  service_count = 256
  process_min_avail = 2
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
  process_min_avail = 5
}}
service anvil {{
  client_limit = 10000
}}
service auth {{
  client_limit = 10000
}}
protocol imap {{
  mail_max_userip_connections = 5000
}}
protocol pop3 {{
  mail_max_userip_connections = 5000
}}
"""


class Dovecot(Peer):
    """Dovecot: LMTP in, IMAP and POP3 out."""

    name = "dovecot"
    hello = "LHLO"

    def setup(self, sink_port: int) -> None:  # noqa: ARG002 - it relays nothing
        uid, gid = ids("dovecot")
        mail = self.directory / "mail"
        for path in (mail, self.directory / "run", self.directory / "state"):
            path.mkdir()
        os.chown(mail, uid, gid)
        lmtp, imap, pop = free_port(), free_port(), free_port()
        (self.directory / "dovecot.conf").write_text(
            _CONF.format(
                d=self.directory, uid=uid, gid=gid, lmtp=lmtp, imap=imap, pop=pop
            )
        )
        (self.directory / "users").write_text(
            "".join(f"{name}:{PASSWORDS}::::::\n" for name in user_names())
        )
        self.receive_address = self.lmtp_address = ("127.0.0.1", lmtp)
        self.imap_address = ("127.0.0.1", imap)
        self.pop_address = ("127.0.0.1", pop)

    def command(self) -> list[str]:
        return ["/usr/sbin/dovecot", "-F", "-c", str(self.directory / "dovecot.conf")]

    def delivered(self) -> int:
        total = 0
        for number in range(RECEIVERS):
            box = self.directory / f"mail/u{number}/sdbox/mailboxes/INBOX/dbox-Mails"
            if box.is_dir():
                total += sum(name.startswith("u.") for name in os.listdir(box))  # noqa: PTH208
        return total

    def login(self, user: str) -> str:
        return f"{user}@{DOMAIN}"
