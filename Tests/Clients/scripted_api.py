"""OpenAI's and Anthropic's APIs, as far as a test scripts them: each call gets the next answer, as it stands on the wire."""

from __future__ import annotations

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def openai(text: str) -> str:
    """An answer as OpenAI streams it."""
    chunks = [{"choices": [{"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}]},
              {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}]
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"


def anthropic(text: str, thinking: str = "", signature: str = "", redacted: str = "") -> str:
    """An answer as Anthropic streams it: reasoning with its signature, reasoning that is encrypted, the text."""
    blocks = []
    if thinking:
        blocks.append(({"type": "thinking", "thinking": "", "signature": ""},
                       [{"type": "thinking_delta", "thinking": thinking},
                        {"type": "signature_delta", "signature": signature}]))
    if redacted:
        blocks.append(({"type": "redacted_thinking", "data": redacted}, []))
    blocks.append(({"type": "text", "text": ""}, [{"type": "text_delta", "text": text}]))
    events = [{"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant",
                                                    "content": [], "usage": {"input_tokens": 5, "output_tokens": 1}}}]
    for index, (block, deltas) in enumerate(blocks):
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        events += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        events.append({"type": "content_block_stop", "index": index})
    events += [{"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}},
               {"type": "message_stop"}]
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)


class ScriptedAPI:
    """Answers each POST with what comes next: a stream's text, or a status and a JSON body."""

    def __init__(self) -> None:
        self.bodies: list[dict] = []
        self._answers: deque[str | tuple[int, dict]] = deque()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def will_answer(self, *answers: str | tuple[int, dict]) -> None:
        self._answers.extend(answers)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(api) -> type[BaseHTTPRequestHandler]:  # noqa: N805: `self` is the handler's below
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_) -> None:
                pass

            def do_GET(self) -> None:
                self._answer(200, "application/json", json.dumps({"data": []}))

            def do_POST(self) -> None:
                api.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                answer = api._answers.popleft()
                if isinstance(answer, str):
                    self._answer(200, "text/event-stream", answer)
                else:
                    self._answer(answer[0], "application/json", json.dumps(answer[1]))

            def _answer(self, status: int, kind: str, text: str) -> None:
                body = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler
