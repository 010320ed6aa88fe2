"""What a file is called that is given to a program.

Rules:
    Names are ours: ``000001.pdf``. Nothing of the original one is used but its
    extension, and that only where it is a known one: programs choose by it how they
    read a file (TRUST J1).
"""

from mailmax.base.address import lower_ascii

PLAIN = "bin"
MESSAGE = "message.eml"
"""The whole message (``%M``)."""

_KNOWN = """
    7z ace apk arj asp asx bat bin bmp bz2 cab chm class cmd com cpl css csv dll dmg
    doc docm docx dot dotm dotx eml exe gif gz hlp hta htm html ics img inf iso jar
    jpeg jpg js jse json lnk lzh m4a mdb mht mhtml mkv mov mp3 mp4 mpp msc msg msi msp
    odp ods odt one ost pcd pdf php pif pl png pot potm pps ppsm ppsx ppt pptm pptx ps
    ps1 psd pst pub py rar rb reg rtf scf scr sct sh shb shs svg swf sys tar tgz tif
    tiff tnef txt url vb vbe vbs vcf vhd vsd vsdx wav webp wmf wmv wsc wsf wsh xhtml
    xla xlam xll xls xlsb xlsm xlsx xlt xltm xml xps xsl xz zip zst
"""
KNOWN_EXTENSIONS = frozenset(_KNOWN.split())


def name_of(number: int, original: str) -> str:
    """Return the name of a given file.

    Args:
        number: From 1 on.
        original: What the sender calls it; anything at all.
    """
    _, dot, extension = original.rpartition(".")
    extension = lower_ascii(extension)
    if not dot or extension not in KNOWN_EXTENSIONS:
        extension = PLAIN
    return f"{number:06}.{extension}"
