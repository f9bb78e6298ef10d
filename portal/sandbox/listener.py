"""The socket side: HTTP/1.1 with keep-alive on loopback, a thread per connection."""

import socket
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from portal.sandbox.messages import Answer, Request

JSON_TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
Serve = Callable[[Request], Answer]


class Server(ThreadingHTTPServer):
    """Knows its open connections, so that stopping does not wait for idle clients."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], serve: Serve) -> None:
        self.serve = serve
        self._open: set[socket.socket] = set()
        super().__init__(address, Handler)
        self.root = f"http://{address[0]}:{self.server_port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End every open connection; the threads that serve them notice at once."""
        for connection in tuple(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no event; anything else is shown by the base class."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "FileplanSandbox"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one packet
    error_content_type = "text/plain"
    error_message_format = "%(message)s"

    def serve(self) -> None:
        """Read the whole body first, whatever the answer, so that the connection can be used again."""
        body = self._body()
        if body is None:
            return
        request = Request(self.command, self.path, self.headers, body, self._root())
        self._send(request, self.server.serve(request))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = serve  # noqa: N815

    def _root(self) -> str:
        """As the client named it, so that links in the answer lead back to a host it trusts."""
        host = self.headers.get("Host", "")
        return f"http://{host}" if host == f"localhost:{self.server.server_port}" else self.server.root

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self.close_connection = True
            self.send_error(411)
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        return body

    def _send(self, request: Request, answer: Answer) -> None:
        if answer.dropped:
            self.close_connection = True
            return
        raw = answer.encoded
        self.send_response(answer.status)
        for name, value in self._headers(request, answer, raw).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD" or answer.status == 204:
            return
        self.wfile.write(raw[: len(raw) // 2] if answer.torn else raw)
        self.close_connection = self.close_connection or answer.torn

    def _headers(self, request: Request, answer: Answer, raw: bytes) -> dict[str, str]:
        headers = {"request-id": request.request_id}
        if request.client_request_id:
            headers["client-request-id"] = request.client_request_id
        headers["x-ms-ags-diagnostic"] = '{"ServerInfo":{"DataCenter":"Sandbox","Ring":"0"}}'
        if raw:
            headers["Content-Type"] = JSON_TYPE
        if answer.status != 204:
            headers["Content-Length"] = str(len(raw))
        return headers | answer.headers

    def log_message(self, format: str, *args: Any) -> None:
        """The journal says more."""
