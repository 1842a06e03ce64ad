"""One subscriber's view of an execution, put together over as many connections as it takes."""

from __future__ import annotations

DELTAS = ("textDelta", "reasoningDelta")
LOG_KINDS = ("started", "messageCompleted", "messageDiscarded", "progress", "finished")


class Wrong(Exception):
    """Something that must never be seen."""


def kind(event: dict) -> str:
    found = [name for name in (*DELTAS, *LOG_KINDS) if name in event]
    if len(found) != 1:
        raise Wrong(f"an event of no known kind: {event}")
    return found[0]


class View:
    """Takes events as they come and raises at a gap, a repeat, or bytes that do not belong together."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.events: list[dict] = []
        self.deltas = 0
        self.connections = 0
        self._message = ""
        self._position = 0
        # Whether this connection has brought pieces of the message: then it brings them all before the end.
        self._is_live = False

    @property
    def cursor(self) -> str:
        return f"{len(self.events)}.{self._position}" if self._position else str(len(self.events))

    @property
    def has_ended(self) -> bool:
        return bool(self.events) and "finished" in self.events[-1]

    def connected(self) -> None:
        self.connections += 1
        self._is_live = False

    def take(self, event: dict) -> None:
        if self.has_ended:
            raise Wrong(f"{self.name}: something follows finished: {event}")
        if kind(event) in DELTAS:
            self._take_delta(event)
        else:
            self._take_durable(event)

    def _take_delta(self, event: dict) -> None:
        text = event[kind(event)]["text"]
        self._message += text
        self._position += len(text.encode())
        self._is_live = True
        self.deltas += 1
        if event["cursor"] != self.cursor:
            raise Wrong(f"{self.name}: a delta at {event['cursor']} where {self.cursor} belongs")

    def _take_durable(self, event: dict) -> None:
        if event["cursor"] != str(len(self.events) + 1):
            raise Wrong(f"{self.name}: event {event['cursor']} behind {len(self.events)}")
        if "messageCompleted" in event:
            completed = event["messageCompleted"]
            whole = completed.get("reasoning", "") + completed["message"].get("content", "")
            if not whole.startswith(self._message):
                raise Wrong(f"{self.name}: the pieces {self._message!r} are not of the message {whole!r}")
            if self._is_live and whole != self._message:
                raise Wrong(f"{self.name}: of the message {whole!r} only {self._message!r} came in pieces")
        elif self._position and "messageDiscarded" not in event and "finished" not in event:
            raise Wrong(f"{self.name}: {kind(event)} inside a message")
        self.events.append(event)
        self._message, self._position = "", 0
        self._is_live = False
