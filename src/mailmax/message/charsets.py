"""Character sets by the names that mail uses; text that always comes out.

Rules:
    Only names of this table are ever looked up: a stranger's name must not reach the
    interpreter's codec search (it imports modules by that name and remembers misses).
    Undecodable octets become U+FFFD; UTF-7 is never decoded (TRUST D-6).

Standards:
    RFC 2046 §4.1.2; the WHATWG labels for what ``iso-8859-1`` means in practice.
"""

from encodings.aliases import aliases

_ALLOWED_NAMES = (
    "ascii cp037 cp437 cp500 cp720 cp737 cp775 cp850 cp852 cp855 cp857 cp858 cp860 "
    "cp861 cp862 cp863 cp864 cp865 cp866 cp869 cp874 cp1006 cp1026 cp1125 cp1140 "
    "cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 koi8_r koi8_t "
    "koi8_u kz1048 mac_cyrillic mac_greek mac_iceland mac_latin2 mac_roman mac_turkish "
    "ptcp154 tis_620 iso8859_1 iso8859_2 iso8859_3 iso8859_4 iso8859_5 iso8859_6 "
    "iso8859_7 iso8859_8 iso8859_9 iso8859_10 iso8859_11 iso8859_13 iso8859_14 "
    "iso8859_15 iso8859_16 latin_1 "
    "utf_8 utf_16 utf_16_be utf_16_le utf_32 big5 big5hkscs cp932 cp949 cp950 euc_jp "
    "euc_jis_2004 euc_jisx0213 euc_kr gb2312 gbk gb18030 hz iso2022_jp iso2022_jp_1 "
    "iso2022_jp_2 iso2022_jp_3 iso2022_jp_ext iso2022_kr johab shift_jis "
    "shift_jis_2004 shift_jisx0213"
)
_ALLOWED = frozenset(_ALLOWED_NAMES.split())

_CODECS = {name: name for name in _ALLOWED}
_CODECS |= {alias: name for alias, name in aliases.items() if name in _ALLOWED}
_CODECS |= {f"windows_{n}": f"cp{n}" for n in range(1250, 1259)}
_CODECS |= {f"iso_8859_{n}": f"iso8859_{n}" for n in (*range(1, 12), 13, 14, 15, 16)}
_CODECS |= {"iso_8859_8_i": "iso8859_8", "x_sjis": "cp932", "x_gbk": "gbk"}
_CODECS |= {"utf8": "utf_8", "us_ascii": "ascii", "x_euc_jp": "euc_jp"}
# What says less than it means: every mail reader takes the superset.
_CODECS |= dict.fromkeys(
    ("iso8859_1", "latin_1", "latin1", "iso_8859_1", "l1", "8859"), "cp1252"
)
_CODECS |= {"gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949"}
_CODECS |= {"ks_c_5601_1987": "cp949", "shift_jis": "cp932"}

_NAME_LIMIT_OCTETS = 40


def codec(charset: bytes) -> str | None:
    """Return the codec for a charset's name, or None when it is not one of ours."""
    if len(charset) > _NAME_LIMIT_OCTETS or not charset.isascii():
        return None
    name = charset.strip(b" \t\"'").lower().replace(b"-", b"_").decode("ascii")
    return _CODECS.get(name)


def decode(octets: bytes, charset: bytes = b"utf-8") -> str:
    """Return text for octets in a charset; never raises."""
    return octets.decode(codec(charset) or "ascii", "replace")


def guess(octets: bytes) -> str:
    """Return text for raw 8-bit octets: UTF-8 where it is, else windows-1252."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("cp1252", "replace")
