"""Another organisation's site: pages at an origin of their own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Site:
    """Serves whatever page was put last."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}/"
        self.page = ""

    def put(self, body: str, language: str = "en", policy: str = "") -> str:
        """Serve a page with this body, and return where it is; `policy` is what it lets itself load."""
        head = f'<meta http-equiv="Content-Security-Policy" content="{policy}">' if policy else ""
        self.page = (
            f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>Elsewhere</title>'
            f'<link rel="icon" href="data:,">{head}</head><body><main><h1>Elsewhere</h1>{body}</main></body></html>'
        )
        return self.address


@contextmanager
def another_site() -> Iterator[Site]:
    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = site.page.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep tests quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    site = Site(server.server_port)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield site
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
