"""An Ollama whose every answer is another one, given in pieces at an uneven pace."""

from __future__ import annotations

import itertools
import json
import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAME = "torture:1b"
WORDS = ["river ", "Fluß ", "川 ", "e\u0301 ", "🌊 ", "\n", "\"quoted\" ", "x" * 40 + " "]


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, *_) -> None:
        """The runner dies in the middle of calls: that is the point of this."""


class Model:
    """Serves until the program ends."""

    def __init__(self, seed: str) -> None:
        self.calls = 0
        self._seed = seed
        self._numbers = itertools.count()
        self._server = Server(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def _pieces(self):
        number = next(self._numbers)
        self.calls = number + 1
        choice = random.Random(f"{self._seed}/answer/{number}")
        pace = choice.choice([0, 0, 0.002, 0.01])
        # The number makes each answer another one: bytes of two answers in one message would show.
        for _ in range(choice.choice([0, 0, 3])):
            yield {"role": "assistant", "content": "", "thinking": f"<{number}> " + choice.choice(WORDS)}, pace
        for _ in range(choice.randint(1, 40)):
            yield {"role": "assistant", "content": f"[{number}] " + choice.choice(WORDS)}, pace

    def _handler(model) -> type[BaseHTTPRequestHandler]:  # noqa: N805: `self` is the handler's below
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_) -> None:
                pass

            def do_GET(self) -> None:
                self._answer({"version": "0.12.3", "models": []})

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.path == "/api/chat":
                    self._chat()
                else:
                    self._answer({"details": {}, "model_info": {
                        "general.architecture": "torture", "torture.context_length": 131072}})

            def _chat(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/x-ndjson")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for message, pace in model._pieces():
                    self._line({"model": NAME, "done": False, "message": message})
                    if pace:
                        time.sleep(pace)
                self._line({"model": NAME, "done": True, "done_reason": "stop", "prompt_eval_count": 3, "eval_count": 4,
                            "message": {"role": "assistant", "content": ""}})
                self.wfile.write(b"0\r\n\r\n")

            def _line(self, value: dict) -> None:
                line = json.dumps(value).encode() + b"\n"
                self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))

            def _answer(self, value: dict) -> None:
                body = json.dumps(value).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler
