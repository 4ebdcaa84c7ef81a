"""Changes to a message that matter more than those of single bits: by the signs that messages are made of."""

from __future__ import annotations

import re
from random import Random
from typing import Final

from tests.fuzz.targets import LONGEST

_SIGNS: Final = re.compile(rb'([|^~&\\\r\n"{}\[\]:,])')
_DEEP: Final = 3_000
PIECES: Final = (
    *(b"", b"null", b"true", b"-1", b"0", b"-0.0", b"1e400", b"1E-400", b"NaN", b"Infinity", b"9" * 5_000),
    *(b"1" + b"0" * 40 + b".5", b"[" * _DEEP, b'{"a":' * _DEEP, b"[" * _DEEP + b"]" * _DEEP, b"\x00", b"\xff", b"\xc3"),
    *(
        b"\xef\xbb\xbf",
        b"\\ud800",
        b"\\u0000",
        b"\\X00\\",
        b"\\XFFFE\\",
        b"\\.br\\",
        b"\x0b",
        b"\x1c\r",
        b'""',
        b"\r\n",
    ),
    *(b"11,4", b"1.200", b"1 200", b"<5", b">1500", b"12-14", b"clumped", b"see comment", b"\xc2\xa05"),
    *(b"2026", b"2026-02-30", b"20260329013000", b"2026-10-25T01:30:00", b"9999-12-31T23:59:59Z", b"0001-01-01"),
    *(b"99991231235959+1400", b"20260105T103000", b"2026-01-05T10:30:00+14:00", b"1492", b"2200-12-31T23:59:59-12:00"),
    *(b"718-7", b"777-3", b"2951-2", b"5514", b"V03AB33", b"urn:b12watch:analyte", b"haemoglobin", b"entered-in-error"),
    *(b"g/dL", b"mmol/L", b"10^9/L", b"mg", b"mL", b"D", b"W", b"F", b"C", b"RE", b"PA", b"NM", b"SN", b"CWE", b"FT"),
    *(b"MSH|^~\\&|", b"\rPID|", b"\rOBR|", b"\rORC|", b"\rOBX|", b"\rNTE|", b"\rRXA|", b"\rRXR|", b"\rSPM|", b"FHS|"),
    *(b"ADT^A40", b"ORU^R01", b"RAS^O17", b"RDE^O11", b"UTF-16", b"8859/1", b"2.5.1", b"3.0"),
    *(b'"resourceType":"Bundle"', b'"contained":[{}]', b'"component":[{}]', b'"entry":{}', b'"type":"tick"'),
)
"""Pieces to put in: huge numbers and deep brackets, times, numbers and words in doubtful forms, codes, segments."""


def mutated(raw: bytes, random: Random) -> bytes:
    """Some pieces of the message taken out, doubled, exchanged, one of `PIECES` in their place, or a byte changed."""
    parts = _SIGNS.split(raw)
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        place, other = random.randrange(len(parts)), random.randrange(len(parts))
        match random.randrange(6):
            case 0:
                parts[place] = b""
            case 1:
                parts[place] = (parts[place] * random.choice((2, 2, 3, 1_000)))[:LONGEST]
            case 2:
                parts[place], parts[other] = parts[other], parts[place]
            case 3 | 4:
                parts[place] = random.choice(PIECES)
            case _:
                parts[place] = _byte_changed(parts[place], random)
    return b"".join(parts)[:LONGEST]


def _byte_changed(part: bytes, random: Random) -> bytes:
    if not part:
        return bytes([random.randrange(256)])
    place = random.randrange(len(part))
    return part[:place] + bytes([random.randrange(256)]) + part[place + 1 :]
