"""Parameters as written and as shown."""

import pytest

from mailmax.message import parameters


@pytest.mark.parametrize(
    ("raw", "main", "expected"),
    [
        (b" text/plain", b"text/plain", ()),
        (b"Text/HTML; Charset=UTF-8\r", b"text/html", ((b"charset", b"UTF-8"),)),
        (b'a/b; x="c;d\\"e"; y=z', b"a/b", ((b"x", b'c;d"e'), (b"y", b"z"))),
        (b"a/b (c; d=e); f=g", b"a/b", ((b"f", b"g"),)),
        (b'a/b; x="(no comment)"', b"a/b", ((b"x", b"(no comment)"),)),
        (b"a/b;; x = y ;", b"a/b", ((b"x", b"y"),)),
        (b'a/b; x="open', b"a/b", ((b"x", b"open"),)),
        (b"a/b;\r\n x=\r\n y", b"a/b", ((b"x", b"y"),)),
        (b"", b"", ()),
    ],
)
def test_parse(raw, main, expected):
    assert parameters.parse(raw) == (main, expected)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        # RFC 2231 §3, §4, §4.1
        (
            b'a/b; URL*0="ftp://"; URL*1="cs.utk.edu/pub"',
            {"url": "ftp://cs.utk.edu/pub"},
        ),
        (
            b"a/b; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A",
            {"title": "This is ***fun***"},
        ),
        (
            (
                b"a/b; title*0*=us-ascii'en'This%20is%20even%20more%20;"
                b' title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2="isn\'t it!"'
            ),
            {"title": "This is even more ***fun*** isn't it!"},
        ),
        # order, gaps, duplicates; the extended one wins; a name cut in two
        (b'a/b; f*2=c; f*0="a"; f*0="z"; f*5=.exe', {"f": "ac.exe"}),
        (b"a/b; f=plain.txt; f*=utf-8''real%2eexe", {"f": "real.exe"}),
        (b'a/b; f*0="x.e"; f*1="xe"', {"f": "x.exe"}),
        (b"a/b; f*=utf-8''%ZZ%", {"f": "%ZZ%"}),
        (b"a/b; f*=" + b"x" * 1000 + b"''a", {"f": "a"}),
        (b'a/b; f="=?utf-8?q?=C3=A4?="', {"f": "ä"}),
        (b"a/b; f*=no-charset", {"f": "no-charset"}),
    ],
)
def test_joined(raw, expected):
    assert parameters.joined(parameters.parse(raw)) == expected


@pytest.mark.parametrize("count", [127, 128, 129, 5000])
def test_parameters_limit(count):
    raw = b"a/b" + b"".join(b"; p*%d*=x" % number for number in range(count))

    found = parameters.parse(raw)

    assert len(found.parameters) == min(count, 128)
    assert parameters.joined(found) == {"p": "x" * min(count, 128)}


def test_nested_comments_are_linear():
    """TRUST D-5: beyond five levels they stay, and nothing is searched twice."""
    assert parameters.parse(b"(" * 100_000 + b"a/b").main != b"a/b"
