"""The mail that the demo finds in its mailboxes.

A plain note, an encoded subject, HTML beside text, an attachment, a list, a thread:
one of each kind that a mail program shows differently.
"""

from collections.abc import Iterator

_PLAIN = """\
From: Ada Lindqvist <ada@example.org>
To: Tim Tester <tim@demo.test>
Subject: Welcome to MailMax
Message-ID: <welcome@example.org>
Date: {date}

Hello Tim,

this message came in by SMTP, was written to the journal before the sender heard
"250", and was filed from there into this mailbox.

Answer it if you like: mail to other hosts ends in the demo's own sink.

Ada
"""

_ENCODED = """\
From: =?utf-8?q?J=C3=BCrgen_M=C3=BCller?= <juergen@example.org>
To: tim@demo.test
Subject: =?utf-8?b?R3LDvMOfZSBhdXMgS8O2bG4g4oCTIG1pdCBVbWxhdXRlbg==?=
Message-ID: <umlauts@example.org>
Date: {date}
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Sch=C3=B6ne Gr=C3=BC=C3=9Fe! =E2=9C=89
"""

_HTML = """\
From: The Museum <news@museum.example>
To: tim@demo.test
Subject: New in the gallery this week
Message-ID: <gallery@museum.example>
Date: {date}
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=alt

--alt
Content-Type: text/plain; charset=utf-8

Three new rooms open on Thursday.
--alt
Content-Type: text/html; charset=utf-8

<h1>Three new rooms</h1><p>They open on <b>Thursday</b>.</p>
--alt--
"""

_ATTACHMENT = """\
From: Accounts <accounts@supplier.example>
To: tim@demo.test
Cc: admin@demo.test
Subject: Invoice 2041
Message-ID: <invoice-2041@supplier.example>
Date: {date}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=mix

--mix
Content-Type: text/plain; charset=us-ascii

Please find our invoice attached.
--mix
Content-Type: text/csv; name=invoice.csv
Content-Disposition: attachment; filename=invoice.csv
Content-Transfer-Encoding: base64

aXRlbSxhbW91bnQKcGFwZXIsMTIuNTAKaW5rLDMwLjAwCg==
--mix--
"""

_LIST = """\
From: Grace <grace@example.net>
To: postmasters@lists.example.net
Sender: postmasters-bounces@lists.example.net
Subject: [postmasters] Which queue lifetime do you use?
List-Id: Postmasters <postmasters.lists.example.net>
Precedence: list
Message-ID: <lifetime@example.net>
Date: {date}

Five days, or shorter these days?
"""

_ANSWER = """\
From: Linus <linus@example.com>
To: postmasters@lists.example.net
Sender: postmasters-bounces@lists.example.net
Subject: Re: [postmasters] Which queue lifetime do you use?
List-Id: Postmasters <postmasters.lists.example.net>
Precedence: list
In-Reply-To: <lifetime@example.net>
References: <lifetime@example.net>
Message-ID: <lifetime-answer@example.com>
Date: {date}

> Five days, or shorter these days?

Two, with a notice to the sender after four hours.
"""

_ALL = (_PLAIN, _ENCODED, _HTML, _ATTACHMENT, _LIST, _ANSWER)


def messages(date: str) -> Iterator[bytes]:
    """Yield the samples, CRLF lines, dated `date` (an RFC 5322 date)."""
    for text in _ALL:
        yield text.replace("{date}", date).replace("\n", "\r\n").encode("ascii")
