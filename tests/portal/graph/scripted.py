"""Real HTTP on 127.0.0.1: a server that says what a test scripted, byte by byte, and notes what it was asked."""

import contextlib
import gzip
import json
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

TOKEN = "canary-token-5up3rs3cr3t"


@dataclass(frozen=True)
class Seen:
    """One request as it arrived, and the number of the connection it came on."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int


Step = bytes | Callable[[socket.socket], None]


def reply(status: int, document: Any = None, *, raw: bytes | None = None, **headers: str) -> bytes:
    """A whole answer; `raw` instead of a document for bodies that are not JSON; header names with `_` for `-`."""
    body = raw if raw is not None else (b"" if document is None else json.dumps(document).encode())
    fields = {"Content-Length": str(len(body)), "Content-Type": "application/json"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Scripted\r\n{head}\r\n".encode("latin-1") + body


def drop(connection: socket.socket) -> None:
    """The request arrived; the answer never does."""
    connection.shutdown(socket.SHUT_RDWR)


def cut(answer: bytes, *, missing: int) -> Callable[[socket.socket], None]:
    """The last bytes of an answer get lost."""

    def step(connection: socket.socket) -> None:
        connection.sendall(answer[:-missing])
        drop(connection)

    return step


def slowly(answer: bytes, *, pause: float) -> Callable[[socket.socket], None]:
    """An answer one byte at a time."""

    def step(connection: socket.socket) -> None:
        for byte in answer:
            connection.sendall(bytes([byte]))
            threading.Event().wait(pause)

    return step


def silence(connection: socket.socket) -> None:
    """Nothing, until the client gives up."""
    connection.recv(1)


def bomb(size: int) -> bytes:
    """`size` bytes of JSON, packed small."""
    return gzip.compress(b'{"value": ["' + b" " * size + b'"]}')


class Server:
    """Answers each request with the next step of its script; 599 once the script has ended.

    It never hangs up by itself, so that a connection is reused unless the client sees to it that it is not.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.script: deque[Step] = deque()
        self.seen: list[Seen] = []
        self.connections = 0
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.root = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        if tls:  # hands are shaken with each client in its own thread
            self._listener = tls.wrap_socket(self._listener, server_side=True, do_handshake_on_connect=False)
        self._start(self._accept)

    def will(self, *steps: Step) -> None:
        """Add to the script."""
        self.script.extend(steps)

    def close(self) -> None:
        """Stop listening and hang up."""
        for one in [self._listener, *self._open]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(5)

    def _start(self, work: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._open.append(connection)
                self._start(self._serve, connection, self.connections)

    def _serve(self, connection: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError, ValueError), connection, connection.makefile("rb") as stream:
            while line := stream.readline():
                seen = _request(line, stream, number)
                self.seen.append(seen)
                step = self.script.popleft() if self.script else reply(599)
                _play(step, connection)


def _request(line: bytes, stream: Any, number: int) -> Seen:
    method, target, _ = line.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while (field := stream.readline().decode("latin-1").strip()) != "":
        name, _, value = field.partition(":")
        headers[name.lower()] = value.strip()
    return Seen(method, target, headers, stream.read(int(headers.get("content-length", 0))), number)


def _play(step: Step, connection: socket.socket) -> None:
    if isinstance(step, bytes):
        connection.sendall(step)
    else:
        step(connection)
