"""A web site on 127.0.0.1 for tests: a function from path and request headers to an answer, on a thread of its own."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Reply:
    """What the site sends. ``chunks`` replaces ``body`` by a chunked transfer; ``pause``: seconds before each byte."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    chunks: list[bytes] | None = None
    pause: float = 0.0
    reset: bool = False
    length: int | None = None


Handler = Callable[[str, Mapping[str, str]], Reply]


class Site:
    """``hits`` counts requests by path, ``seen`` keeps the request headers of the last one."""

    def __init__(self, answer: Handler) -> None:
        self.answer = answer
        self.hits: Counter[str] = Counter()
        self.seen: dict[str, Mapping[str, str]] = {}
        site = self

        class _Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_: object) -> None:
                return

            def do_GET(self) -> None:
                site.hits[self.path] += 1
                headers = {name.lower(): value for name, value in self.headers.items()}
                site.seen[self.path] = headers
                try:
                    self._send(site.answer(self.path, headers))
                except OSError:
                    self.close_connection = True

            def _send(self, reply: Reply) -> None:
                if reply.reset:
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, value in ({"Content-Type": "text/html; charset=utf-8"} | reply.headers).items():
                    self.send_header(name, value)
                if reply.chunks is not None:
                    self.send_header("Transfer-Encoding", "chunked")
                elif reply.status != 304:
                    self.send_header("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
                self.end_headers()
                for chunk in reply.chunks or []:
                    self.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
                if reply.chunks is not None:
                    self.wfile.write(b"0\r\n\r\n")
                for at in range(len(reply.body)) if reply.pause else []:
                    time.sleep(reply.pause)
                    self.wfile.write(reply.body[at : at + 1])
                if not reply.pause:
                    self.wfile.write(reply.body)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def serving(answer: Handler) -> Iterator[Site]:
    """Serve until the block ends."""
    site = Site(answer)
    try:
        yield site
    finally:
        site.close()


def page(*links: str, text: str = "Phòng khám Hoa Sen Trắng") -> bytes:
    """A small page with links."""
    anchors = "".join(f'<a href="{link}">{link}</a>' for link in links)
    return f"<html><head><title>{text}</title></head><body><p>{text}</p>{anchors}</body></html>".encode()
