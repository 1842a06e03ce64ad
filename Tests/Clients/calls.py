"""The calls that tests make again and again, by the paths for people."""

from __future__ import annotations

from events import NDJSON, ndjson, request, until


def body(message: str = "Say hello", session: str = "", on_busy: str = "", tags: tuple[str, ...] = (), **config) -> dict:
    made = request(message, **config)
    if session:
        made["spec"]["session_id"] = session
    if on_busy:
        made["spec"]["on_busy"] = on_busy
    if tags:
        made["metadata"] = {"tags": list(tags)}
    return made


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def execute(runner, made=None, headers=None, **options):
    return runner.http.stream("POST", "/v1/execute", json=made or request(), headers=NDJSON | (headers or {}), **options)


def executed(runner, made=None, headers=None) -> list[dict]:
    with execute(runner, made, headers) as response:
        return list(ndjson(response))


def create(runner, made=None, headers=None) -> str:
    """The id of a new execution; of a message, or of a whole request."""
    made = request(made) if isinstance(made, str) else made or request()
    response = runner.http.post("/v1/executions", json=made, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()["metadata"]["id"]


def get(runner, execution_id: str) -> dict:
    response = runner.http.get(f"/v1/executions/{execution_id}")
    assert response.status_code == 200, response.text
    return response.json()


def phase(runner, execution_id: str) -> str:
    return get(runner, execution_id)["status"]["phase"].removeprefix("EXECUTION_")


def cancel(runner, execution_id: str):
    return runner.http.post(f"/v1/executions/{execution_id}:cancel")


def follow(runner, execution_id: str, after: str = ""):
    return runner.http.stream("GET", f"/v1/executions/{execution_id}/events", params={"after": after}, headers=NDJSON)


def events_of(runner, execution_id: str, after: str = "") -> list[dict]:
    """The rest of a log, waited for to its end."""
    with follow(runner, execution_id, after) as response:
        return list(ndjson(response))


def ended(runner, execution_id: str) -> dict:
    """The execution, once its log has its end."""
    with follow(runner, execution_id) as response:
        until(ndjson(response), "finished")
    return get(runner, execution_id)


def page(runner, **query) -> dict:
    response = runner.http.get("/v1/executions", params=query)
    assert response.status_code == 200, response.text
    return response.json()


def ids(listed: dict) -> list[str]:
    return [entry["metadata"]["id"] for entry in listed.get("entries", [])]
