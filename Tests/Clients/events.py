"""Reading what the runner streams."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

NDJSON = {"Accept": "application/x-ndjson"}
KINDS = ("started", "textDelta", "reasoningDelta", "messageCompleted", "messageDiscarded", "toolCallStarted",
         "toolCallCompleted", "todosUpdated", "subAgentStarted", "subAgentCompleted", "progress", "finished")


def request(message: str = "Say hello", **execution_config) -> dict:
    spec: dict = {"message": message}
    if execution_config:
        spec["execution_config"] = execution_config
    return {"spec": spec}


def kind(event: dict) -> str:
    """Which of the kinds an event is; exactly one."""
    [found] = [name for name in KINDS if name in event]
    return found


def ndjson(response) -> Iterator[dict]:
    """The events of a streamed response, each as it arrives."""
    assert response.status_code == 200, response.read()
    for line in response.iter_lines():
        if line:
            yield json.loads(line)


def text_of(events: Iterable[dict]) -> str:
    return "".join(event["textDelta"]["text"] for event in events if "textDelta" in event)


def until(events: Iterator[dict], wanted: str) -> dict:
    """Reads on to the next event of that kind."""
    for event in events:
        if kind(event) == wanted:
            return event
    raise AssertionError(f"the stream ended without {wanted}")


def check_log(events: list[dict]) -> None:
    """What holds for every whole stream: gap-free numbers, contiguous bytes, one start, one end."""
    number, position = 0, 0
    for event in events:
        if kind(event) in ("textDelta", "reasoningDelta"):
            position += len(event[kind(event)]["text"].encode())
            assert event["cursor"] == f"{number}.{position}"
            assert "time" not in event
        else:
            number, position = number + 1, 0
            assert event["cursor"] == str(number)
            assert event["time"].endswith("Z")
    assert [kind(event) for event in events].count("started") == 1 and kind(events[0]) == "started"
    assert [kind(event) for event in events].count("finished") == 1 and kind(events[-1]) == "finished"


def error(response, status: int, code: str) -> str:
    """Checks that a response is this error in the one shape, and returns its message."""
    body = response.json()
    assert (response.status_code, body.get("code")) == (status, code), body
    assert response.headers["content-type"].startswith("application/json")
    assert set(body) <= {"code", "message", "details"} and body["message"]
    return body["message"]
