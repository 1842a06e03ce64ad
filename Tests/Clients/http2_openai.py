"""An OpenAI API over HTTP/2 and TLS that says a first word to every caller and waits with the rest for a gate."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading

import h2.config
import h2.connection
import h2.events
import h2.settings


def chunk(text: str | None = None, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {} if text is None else {"content": text}, "finish_reason": finish}
    return b"data: " + json.dumps({"object": "chat.completion.chunk", "choices": [choice]}).encode() + b"\n\n"


class HTTP2OpenAI:
    """Runs in a thread of its own until `stop`; what it has seen may be read from any thread."""

    def __init__(self, certificate: str, key: str) -> None:
        self.connections = 0
        self.most_at_once = 0
        self.reset: list[str] = []
        """The messages of those callers whose streams were reset."""
        self.open: dict[tuple[int, int], str] = {}
        """The message of each stream that is open, by connection and stream."""
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(certificate, key)
        self._context.set_alpn_protocols(["h2"])
        self._loop = asyncio.new_event_loop()
        self._protocols: list[_Connection] = []
        self._server = self._loop.run_until_complete(
            self._loop.create_server(lambda: _Connection(self), "127.0.0.1", 0, ssl=self._context, backlog=1024))
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Says the rest to everybody."""
        self._loop.call_soon_threadsafe(lambda: [protocol.finish() for protocol in self._protocols])

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


class _Connection(asyncio.Protocol):
    def __init__(self, server: HTTP2OpenAI) -> None:
        self.server = server
        self.number = server.connections
        self.bodies: dict[int, bytearray] = {}
        server.connections += 1
        server._protocols.append(self)

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.h2.local_settings = h2.settings.Settings(
            client=False, initial_values={h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 1000})
        self.h2.initiate_connection()
        self._flush()

    def data_received(self, data: bytes) -> None:
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                self.bodies[event.stream_id] = bytearray()
            elif isinstance(event, h2.events.DataReceived):
                self.bodies[event.stream_id] += event.data
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                self._answer(event.stream_id)
            elif isinstance(event, h2.events.StreamReset):
                message = self.server.open.pop((self.number, event.stream_id), None)
                if message is not None:
                    self.server.reset.append(message)
        self._flush()

    def _answer(self, stream: int) -> None:
        body = self.bodies.pop(stream)
        if not body:
            self.h2.send_headers(stream, [(":status", "200"), ("content-type", "application/json")])
            self.h2.send_data(stream, b'{"data": []}', end_stream=True)
            return
        message = json.loads(body)["messages"][-1]["content"]
        self.server.open[self.number, stream] = message
        self.server.most_at_once = max(self.server.most_at_once, len(self.server.open))
        self.h2.send_headers(stream, [(":status", "200"), ("content-type", "text/event-stream")])
        self.h2.send_data(stream, chunk(f"{message}: one"))

    def finish(self) -> None:
        for number, stream in [place for place in self.server.open if place[0] == self.number]:
            self.h2.send_data(stream, chunk(" two") + chunk(finish="stop") + b"data: [DONE]\n\n", end_stream=True)
            del self.server.open[number, stream]
        self._flush()

    def _flush(self) -> None:
        self.transport.write(self.h2.data_to_send())
