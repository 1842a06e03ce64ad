"""Lists, page by page, which stay right while executions come and go."""

from __future__ import annotations

import base64

import pytest
from ai.stigmer.agentic.agentexecution.v1.enum_pb2 import EXECUTION_COMPLETED
from ai.stigmer.agentic.agentexecution.v1.io_pb2 import (ListAgentExecutionsBySessionRequest,
                                                         ListAgentExecutionsRequest)
from ai.stigmer.agentic.agentexecution.v1.query_connect import AgentExecutionQueryControllerClientSync
from connectrpc.code import Code
from connectrpc.compat import google_protobuf_binary_codec, google_protobuf_json_codec
from connectrpc.errors import ConnectError

from calls import body, create, ended, ids, page
from events import error
from scripted_ollama import Gate

QUERIES = "/ai.stigmer.agentic.agentexecution.v1.AgentExecutionQueryController"


@pytest.fixture
def some(runner):
    """Makes executions that carry a tag, and gives their ids, the latest first."""
    def make(tag: str, count: int, **more) -> list[str]:
        made = [create(runner, body(tags=(tag,), **more)) for _ in range(count)]
        for execution in made:
            ended(runner, execution)
        return made[::-1]
    return make


def walk(runner, **query) -> list[str]:
    found, token = [], ""
    while True:
        listed = page(runner, page_token=token, **query)
        found += ids(listed)
        token = listed.get("nextPageToken", "")
        if not token:
            return found


def test_pages_have_each_execution_once_the_latest_first(runner, some):
    made = some("pages", 7)
    assert walk(runner, tags="pages", page_size=3) == made
    first = page(runner, tags="pages", page_size=3)
    assert first["totalPages"] == 3 and ids(first) == made[:3]
    assert first["entries"][0]["status"]["messages"][-1]["content"] == "Hello, world."


def test_a_token_stays_right_while_executions_come_and_go(runner, some):
    made = some("moving", 6)
    first = page(runner, tags="moving", page_size=2)
    assert ids(first) == made[:2]
    later = some("moving", 3)
    # What was the last of the page, and what would have been the first of the next, go.
    for gone in (made[1], made[2]):
        assert runner.http.delete(f"/v1/executions/{gone}").status_code == 200
    second = page(runner, tags="moving", page_size=2, page_token=first["nextPageToken"])
    assert ids(second) == made[3:5]
    last = page(runner, tags="moving", page_size=2, page_token=second["nextPageToken"])
    assert ids(last) == made[5:] and "nextPageToken" not in last
    assert walk(runner, tags="moving", page_size=2) == [*later, made[0], *made[3:]]


def test_a_list_is_of_one_phase_of_all_tags_and_of_one_session(runner, ollama, some):
    made = some("kinds", 2)
    gate = Gate()
    ollama.will_say("one", gate)
    working = create(runner, body(tags=("kinds", "second"), session="kinds"))
    ollama.call(2)
    assert ids(page(runner, tags="kinds", phase="completed")) == made
    assert ids(page(runner, tags="kinds", phase="EXECUTION_IN_PROGRESS")) == [working]
    assert ids(page(runner, tags="second,kinds")) == [working]
    assert ids(page(runner, tags="kinds,missing")) == []
    assert ids(page(runner, session_id="kinds")) == [working]
    gate.open()
    ended(runner, working)
    assert ids(page(runner, tags="kinds", phase="completed")) == [working, *made]


@pytest.mark.parametrize("codec", [google_protobuf_binary_codec(), google_protobuf_json_codec()])
def test_stubs_list_too(runner, some, codec):
    tag = f"stubs {id(codec)}"
    made = some(tag, 3, session=tag)
    client = AgentExecutionQueryControllerClientSync(runner.address, codec=codec)
    asked = ListAgentExecutionsRequest(page_size=2, tags=[tag], phase=EXECUTION_COMPLETED)
    first = client.list(asked)
    assert [entry.metadata.id for entry in first.entries] == made[:2] and first.total_pages == 2
    asked.page_token = first.next_page_token
    assert [entry.metadata.id for entry in client.list(asked).entries] == made[2:]

    of_session = client.list_by_session(ListAgentExecutionsBySessionRequest(session_id=tag, page_size=2))
    assert [entry.metadata.id for entry in of_session.entries] == made[:2]
    with pytest.raises(ConnectError) as caught:
        client.list_by_session(ListAgentExecutionsBySessionRequest())
    assert caught.value.code == Code.INVALID_ARGUMENT and "session_id" in caught.value.message


@pytest.mark.parametrize(("query", "words"), [
    ({"page_size": "-1"}, ["page_size", "-1"]),
    ({"page_size": "many"}, ["page_size", "many"]),
    ({"page_size": "99999999999999999999"}, ["page_size", "99999999999999999999"]),
    ({"phase": "running"}, ["running", "in_progress"]),
    ({"phase": "EXECUTION_PHASE_UNSPECIFIED"}, ["EXECUTION_PHASE_UNSPECIFIED", "completed"]),
    ({"page_token": "abc"}, ["abc", "page_token"]),
    ({"page_token": "\n"}, ["page_token"]),
    ({"page_token": base64.urlsafe_b64encode(b"1\n-5\n0\n\n").decode().rstrip("=")}, ["page_token"]),
    ({"page_token": base64.urlsafe_b64encode(b"1\n99999999999999999999\n0\n\n").decode().rstrip("=")}, ["page_token"]),
    ({"pagesize": "3"}, ["pagesize"]),
])
def test_what_is_wrong_is_named(runner, query, words):
    message = error(runner.http.get("/v1/executions", params=query), 400, "invalid_argument")
    for word in words:
        assert word in message


def test_a_token_of_another_list_is_refused(runner, some):
    some("one list", 2)
    token = page(runner, tags="one list", page_size=1)["nextPageToken"]
    for query in ({}, {"tags": "other list"}, {"tags": "one list", "phase": "completed"}):
        refused = runner.http.get("/v1/executions", params={"page_token": token, **query})
        assert "another list" in error(refused, 400, "invalid_argument")


def test_a_size_beyond_the_largest_gives_the_largest(runner):
    assert len(page(runner, page_size=1_000_000).get("entries", [])) <= 100


def test_a_phase_that_no_enum_has_is_refused_in_every_encoding(runner):
    asked = {"phase": 77}
    refused = runner.http.post(f"{QUERIES}/list", json=asked)
    assert "phase" in error(refused, 400, "invalid_argument")
