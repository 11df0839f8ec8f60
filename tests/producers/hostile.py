"""What somebody may send who means no good: bodies, raw bytes, and what is measured meanwhile."""

import re
import select
import socket
import zipfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from tests.producers.channels.sheet.sheets import saved, workbook_of

MOST_MEMORY = 512 << 20
"""Of a collector: what Python and its libraries take (120 MB), 64 MB of bodies on their way in, one workbook at a
time (256 MB), the heads and buffers of a thousand connections (64 MB at 64 KB)."""
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

_GOOD = b'{"campaign": "w4r-2026", "country": "FR", "lines": [{"case": "amara", "letters": %s}]}'
BODIES = {
    "deep arrays": (JSON, b"[" * 100_000),
    "deep objects": (JSON, b'{"lines":' * 7_000 + b"1" + b"}" * 7_000),
    "beyond floats": (JSON, _GOOD % b"1e999"),
    "5,000 digits": (JSON, _GOOD % (b"1" + b"0" * 5_000)),
    "beyond 64 bits": (JSON, _GOOD % str(2**70).encode()),
    "not a number": (JSON, _GOOD % b"NaN"),
    "a key twice": (JSON, b'{"country": "PL", ' + (_GOOD % b"1")[1:]),
    "half a surrogate pair": (JSON, _GOOD.replace(b"amara", b"\\ud800") % b"1"),
    "half a pair as key": (JSON, b'{"\\udfff": 1, ' + (_GOOD % b"1")[1:]),
    "not UTF-8": (JSON, b"\xff\xfe" + _GOOD % b"1"),
    "UTF-16": (JSON, (_GOOD % b"1").decode().encode("utf-16")),
    "zero bytes": (JSON, b"\x00" * 1_000),
    "nothing": (JSON, b""),
    "thousands of fields": (FORM, b"&".join(b"letters[c%d]=1" % n for n in range(4_000))),
    "ampersands": (FORM, b"&" * 60_000),
    "percents": (FORM, b"campaign=%ff%fe%ud800&" + b"%" * 60_000),
    "digits in a form": (FORM, b"campaign=w4r-2026&country=FR&case=amara&letters=" + b"9" * 50_000),
    "another language": (FORM, "case=א%00&letters=٣".encode()),
}


def _workbook(**parts: str) -> bytes:
    """Return a workbook with parts put in place of its own."""
    source = zipfile.ZipFile(BytesIO(saved(workbook_of(("Case", "Letters"), ("amara", 5)))))
    changed = {part: source.read(part).decode() for part in source.namelist()}
    changed |= {f"xl/{name.replace('__', '/')}.xml": text for name, text in parts.items()}
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for part, text in changed.items():
            target.writestr(part, text)
    return made.getvalue()


def _sheet(before: str, inside: str) -> bytes:
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    return _workbook(worksheets__sheet1=f"{before}<worksheet {space}><sheetData>{inside}</sheetData></worksheet>")


_TEXT = '<row><c t="inlineStr"><is><t>{}</t></is></c></row>'
_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
WORKBOOKS = {
    "64 MB of nothing": _sheet("", " " * (64 << 20)),
    "a million rows": _sheet("", "<row/>" * 690_000),
    "many cells": _sheet("", "<row>" + "<c><v>1</v></c>" * 270_000 + "</row>"),
    "a billion laughs": _sheet(f'<!DOCTYPE x [<!ENTITY l0 "ha">{_LAUGHS}]>', _TEXT.format("&l9;")),
    "a file of ours": _sheet('<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>', _TEXT.format("&f;")),
    "a page of another's": _sheet('<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">', _TEXT.format("x")),
    "an escaped surrogate": _sheet("", _TEXT.format("_xD800_") + _TEXT.format("_xD800_")),
    "a long number": _sheet("", f"<row><c><v>{'9' * 5_000}</v></c></row>"),
    "no archive": b"PK\x03\x04" + bytes(range(256)) * 100,
}

_POST = b"POST /v1/reports HTTP/1.1\r\nHost: x\r\n"
RAW = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 50,
    "an unknown version": b"GET / HTTP/9.9\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "a path that is no ASCII": b"GET /v1/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "a zero in the path": b"GET /v1/channels/%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a way up": b"POST /v1/channels/../reports HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    "an absolute address": b"GET http://elsewhere/v1/reports HTTP/1.1\r\nHost: x\r\n\r\n",
    "a tunnel": b"CONNECT elsewhere:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "two lengths": _POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "length and chunks": _POST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a negative length": _POST + b"Content-Length: -1\r\n\r\n",
    "a length beyond 64 bits": _POST + b"Content-Length: %d\r\n\r\n" % 2**70,
    "a bad chunk": _POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a web socket": b"GET /v1/reports HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "many at once": b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n" * 500,
    "many headers": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 5_000 + b"\r\n",
    "a header of Latin 1": _POST + b"Idempotency-Key: \xe9\r\nContent-Length: 0\r\n\r\n",
}


def statuses_of(port: int, sent: Iterable[bytes], *, is_whole: bool = True, pause_seconds: float = 0) -> list[int]:
    """Return the statuses that are answered to raw bytes, with a pause between them, until one of us hangs up."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        try:
            for part in sent:
                connection.sendall(part)
                while pause_seconds and select.select([connection], [], [], pause_seconds)[0]:
                    if not (heard := connection.recv(1 << 16)):
                        return _statuses_in(answer)
                    answer += heard
            if is_whole:
                connection.shutdown(socket.SHUT_WR)
            while heard := connection.recv(1 << 16):
                answer += heard
        except ConnectionError:  # hung up on, with or without an answer
            pass
    return _statuses_in(answer)


def _statuses_in(answer: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def peak_of(process_id: int) -> int:
    """Return the most memory in bytes that a process has had so far."""
    status = Path(f"/proc/{process_id}/status").read_text()
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert peak
    return int(peak[1]) << 10
