"""An Ollama that says what a test wrote for it, over a real socket, in the shapes of Ollama's API reference."""

from __future__ import annotations

import json
import select
import socket
import ssl
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODEL = "scripted:1b"
CREATED_AT = "2026-11-23T00:00:00.000000Z"


class Gate:
    """A point in a script that the upstream does not pass until the test opens it."""

    def __init__(self) -> None:
        self._opened = threading.Event()

    def open(self) -> None:
        self._opened.set()

    @property
    def is_open(self) -> bool:
        return self._opened.is_set()


@dataclass(frozen=True)
class Refusal:
    """An answer that is an error from the start."""

    status: int
    error: str
    headers: dict[str, str] = field(default_factory=dict)


class Cut:
    """The connection breaks here, without an end."""


CUT = Cut()


@dataclass
class Call:
    """One /api/chat request as it arrived, and whether its caller has left since."""

    body: dict
    headers: dict[str, str]
    left: threading.Event = field(default_factory=threading.Event)


def delta(text: str, **message) -> dict:
    return {"model": MODEL, "created_at": CREATED_AT, "done": False,
            "message": {"role": "assistant", "content": text, **message}}


def done(reason: str = "stop", **more) -> dict:
    return {"model": MODEL, "created_at": CREATED_AT, "message": {"role": "assistant", "content": ""},
            "done": True, "done_reason": reason, "total_duration": 5_000_000, "load_duration": 1_000_000,
            "prompt_eval_count": 11, "prompt_eval_duration": 1_000_000, "eval_count": 7,
            "eval_duration": 2_000_000, **more}


class ScriptedOllama:
    """Answers each /api/chat with the next script; without one it says "Hello, world."

    A script is a list of: a text (a delta), a dict (a line as it is), a Gate, a Refusal (first and alone) or CUT.
    A script that does not say how it ends gets the usual `done` line.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.calls: list[Call] = []
        self.missing_models: set[str] = set()
        self.connections = 0
        self._scripts: deque[list] = deque()
        self._arrival = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
            self.address = f"https://localhost:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def will_say(self, *script) -> None:
        self._scripts.append(list(script))

    def call(self, index: int = -1, timeout: float = 10) -> Call:
        """The call of that index, waited for."""
        needed = index + 1 if index >= 0 else -index
        with self._arrival:
            assert self._arrival.wait_for(lambda: len(self.calls) >= needed, timeout), "no call reached Ollama"
            return self.calls[index]

    def said(self, index: int = -1) -> list[tuple[str, str]]:
        """What the call of that index told the model: role and content of each message."""
        return [(message["role"], message["content"]) for message in self.call(index).body["messages"]]

    def forget(self) -> None:
        self.calls.clear()
        self._scripts.clear()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _take(self, call: Call) -> list:
        with self._arrival:
            self.calls.append(call)
            self._arrival.notify_all()
            return self._scripts.popleft() if self._scripts else ["Hello", ",", " world", "."]

    def _handler(ollama) -> type[BaseHTTPRequestHandler]:  # noqa: N805: `self` is the handler's below
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                ollama.connections += 1
                super().setup()

            def log_message(self, *_) -> None:
                pass

            def do_GET(self) -> None:
                if self.path == "/":
                    self._answer(200, b"Ollama is running", "text/plain")
                elif self.path == "/api/version":
                    self._answer_json(200, {"version": "0.12.3"})
                elif self.path == "/api/tags":
                    self._answer_json(200, {"models": [{
                        "name": MODEL, "model": MODEL, "modified_at": CREATED_AT, "size": 1_234_567_890,
                        "digest": "0" * 64, "details": {"format": "gguf", "family": "scripted",
                                                        "parameter_size": "1B", "quantization_level": "Q4_0"}}]})
                else:
                    self._answer_json(404, {"error": "not found"})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
                model = body.get("model", body.get("name", ""))
                if model in ollama.missing_models:
                    self._answer_json(404, {"error": f'model "{model}" not found, try pulling it first'})
                elif self.path == "/api/show":
                    self._answer_json(200, {
                        "details": {"family": "scripted"}, "capabilities": ["completion", "tools"],
                        "model_info": {"general.architecture": "scripted", "scripted.context_length": 8192}})
                elif self.path == "/api/chat":
                    call = Call(body, {name.lower(): value for name, value in self.headers.items()})
                    self._chat(ollama._take(call), call)
                else:
                    self._answer_json(404, {"error": "not found"})

            def _chat(self, script: list, call: Call) -> None:
                if script and isinstance(script[0], Refusal):
                    self._answer_json(script[0].status, {"error": script[0].error}, script[0].headers)
                    return
                ends_itself = script and (script[-1] is CUT or (isinstance(script[-1], dict)
                                                                and ("error" in script[-1] or script[-1].get("done"))))
                self.send_response(200)
                self.send_header("Content-Type", "application/x-ndjson")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                try:
                    for item in script if ends_itself else [*script, done()]:
                        if isinstance(item, Gate):
                            self._wait(item, call)
                            if call.left.is_set():
                                self.close_connection = True
                                return
                        elif item is CUT:
                            self.connection.shutdown(socket.SHUT_RDWR)
                            self.close_connection = True
                            return
                        else:
                            line = json.dumps(item if isinstance(item, dict) else delta(item)).encode() + b"\n"
                            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                            self.wfile.flush()
                    self.wfile.write(b"0\r\n\r\n")
                except OSError:
                    call.left.set()
                    self.close_connection = True

            def _wait(self, gate: Gate, call: Call) -> None:
                while not gate.is_open:
                    readable, _, _ = select.select([self.connection], [], [], 0.005)
                    if readable and not self.connection.recv(1, socket.MSG_PEEK):
                        call.left.set()
                        return

            def _answer_json(self, status: int, value: dict, headers: dict[str, str] | None = None) -> None:
                self._answer(status, json.dumps(value).encode(), "application/json", headers)

            def _answer(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        return Handler
