"""A petitions site on loopback that behaves like the UK Parliament's, and misbehaves when it is told to."""

import json
import threading
import time
from collections import deque
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Asked(NamedTuple):
    """One request, as it came."""

    at: float
    path: str
    etag: str | None
    user_agent: str


class PetitionsSite:
    """Serves /petitions/ID.json with an ETag; `next_answers` are given before any page."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.asked: list[Asked] = []
        self.next_answers: deque[tuple[int, Mapping[str, str], bytes, float]] = deque()
        """Status, headers, body, seconds to wait before it."""
        self.headers: dict[str, str] = {}
        self.most_at_once = 0
        self._now = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._responder())
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def show(self, petition: str, total: int, countries: Mapping[str, int]) -> None:
        """Put these numbers on a petition's page."""
        listed = [{"name": code, "code": code, "signature_count": count} for code, count in countries.items()]
        attributes = {"state": "open", "signature_count": total, "signatures_by_country": listed}
        page = {"data": {"type": "petition", "id": int(petition), "attributes": attributes}}
        self.pages[petition] = json.dumps(page).encode()

    def wait_until_asked(self, times: int, petition: str = "700001", limit_seconds: float = 60) -> None:
        """Return once a petition was asked for so many times more."""
        before, deadline = len(self.asked), time.monotonic() + limit_seconds
        while sum(petition in asked.path for asked in self.asked[before:]) < times:
            assert time.monotonic() < deadline, self.asked[before:]
            time.sleep(0.05)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _responder(site) -> type[BaseHTTPRequestHandler]:  # noqa: N805 (the class below has a self of its own)
        class Responder(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with site._lock:
                    site._now += 1
                    site.most_at_once = max(site.most_at_once, site._now)
                    told = (self.path, self.headers.get("If-None-Match"), self.headers.get("User-Agent", ""))
                    site.asked.append(Asked(time.monotonic(), *told))
                    status, headers, body, seconds = site._answer(*told[:2])
                try:
                    time.sleep(seconds)
                    self._say(status, headers, body)
                except ConnectionError:
                    self.close_connection = True
                finally:
                    with site._lock:
                        site._now -= 1

            def _say(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Responder

    def _answer(self, path: str, etag: str | None) -> tuple[int, Mapping[str, str], bytes, float]:
        if self.next_answers:
            return self.next_answers.popleft()
        page = self.pages.get(path.removeprefix("/petitions/").removesuffix(".json"))
        if page is None:
            return 404, {}, b"", 0
        headers = {"ETag": f'W/"{hash(page)}"', **self.headers}
        return (304, headers, b"", 0) if headers["ETag"] == etag else (200, headers, page, 0)
