"""HTML as text and markup."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.message.html_text import split, unescape


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("plain", "plain"),
        ("<p>Hello</p><p>world</p>", "Hello world"),
        ("lot<b>te</b>ry", "lottery"),
        ("lot<!-- x -->tery", "lottery"),
        ("lot<FONT\ncolor='a>b'>te</Font >ry", "lottery"),
        ("a<br>b<br/>c", "a b c"),
        ("<td>a</td><td>b</td>", "a b"),
        ("<title>a</title>b", "a b"),
        ("a<script>if (x<y) z('</b>')</script>b", "a b"),
        ("a<STYLE type=x>b{}</style >c", "a c"),
        ("a<scripty>b", "a b"),
        ("a<script>b", "a"),
        ("a<!-- b", "a"),
        ("a<!-- b -- > c --> d", "a d"),
        ("a<b", "a"),
        ("a < b > c", "a < b > c"),
        ("1<2", "1<2"),
        ("a<?php b?>c", "a c"),
        ("<!DOCTYPE html>a", "a"),
        ('<a title="b" title2=c>d', "d"),
        ('<a title="b>c', "c"),
        ("&lt;b&gt; &amp;amp; &#65;&#x42;&#X43;", "<b> &amp; ABC"),
        ("caf&eacute; &eacute.", "café é."),
        ("&unknown; &", "&unknown; &"),
        ("&#0; &#1114112; &#9999999;", "\ufffd \ufffd \ufffd"),
        ("&#00000000000000000065;", "A"),
    ],
)
def test_what_is_seen(source, seen):
    assert " ".join(split(source)[0].split()) == seen


@pytest.mark.parametrize(
    ("source", "markup"),
    [
        ('a<a href="http://x.test/?a=1&amp;b=&#50;">b</a>', '"http://x.test/?a=1&b=2"'),
        ("<script>evil()</script>", "evil()"),
        ("<!-- secret -->", "secret"),
        ("<img alt='a picture'", "a picture"),
    ],
)
def test_what_is_markup(source, markup):
    assert markup in split(source)[1]
    assert markup not in split(source)[0]


@given(st.text("<>!-/?&;#x1aAbB \"'=\n", max_size=60))
def test_nothing_is_lost(source):
    """Every letter is seen or is markup."""
    seen, markup = split(source.replace("&", ""))

    assert sorted(seen + markup).count("a") == source.count("a")
    assert sorted(seen + markup).count("B") == source.count("B")


@given(st.text())
def test_anything_is_read(source):
    split(source)
    unescape(source)


@pytest.mark.parametrize(
    "unit",
    ["<", "<a", "<a ", "<!--", "<!-", "<script>", "<script", "<a \"'", '<a "', "&",
     "&#", "&#1", "&#0", "&a", "&amp", "<br>", "</", "<?", "<!",
     "<script></script", "--"],
)  # fmt: skip
def test_hostile_pages_are_linear(unit):
    """Half a mebibyte; 100 times what it takes."""
    for source in (unit * (500_000 // len(unit)), "<!--" + unit * 100_000):
        begin = time.thread_time()
        split(source)

        assert time.thread_time() - begin < 4
