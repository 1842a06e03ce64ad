"""Idempotency-Key: a request that is repeated is the same execution, however often and whenever it comes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from ai.stigmer.agentic.agentexecution.v1.api_pb2 import AgentExecution
from ai.stigmer.agentic.agentexecution.v1.command_connect import AgentExecutionCommandControllerClientSync
from ai.stigmer.agentic.agentexecution.v1.enum_pb2 import EXECUTION_COMPLETED
from ai.stigmer.agentic.agentexecution.v1.spec_pb2 import AgentExecutionSpec, reject
from ai.stigmer.agentic.agentrunner.v1.service_connect import AgentRunnerServiceClientSync
from connectrpc.code import Code
from connectrpc.compat import google_protobuf_binary_codec, google_protobuf_json_codec
from connectrpc.errors import ConnectError

from calls import body, cancel, create, ended, execute, executed, get, keyed, phase
from events import NDJSON, check_log, error, ndjson, text_of, until
from scripted_ollama import Gate


def other_client(runner) -> httpx.Client:
    return httpx.Client(base_url=runner.address, timeout=30)


@pytest.mark.parametrize("path", ["/v1/executions", "/v1/execute"])
def test_many_at_once_are_one_execution_and_one_call_of_the_model(runner, ollama, path):
    def send(_) -> str:
        with other_client(runner) as http:
            response = http.post(path, json=body("once"), headers=keyed(f"many {path}") | NDJSON)
            assert response.status_code == 200, response.text
            return response.headers.get("execution-id") or response.json()["metadata"]["id"]

    with ThreadPoolExecutor(24) as pool:
        found = set(pool.map(send, range(24)))
    assert len(found) == 1
    ended(runner, found.pop())
    assert len(ollama.calls) == 1


def test_a_repeat_after_the_end_is_the_same_execution_from_its_start(runner, ollama):
    first = executed(runner, body("once"), keyed("after the end"))
    again = executed(runner, body("once"), keyed("after the end"))
    check_log(first)
    check_log(again)
    assert [e for e in again if "time" in e] == [e for e in first if "time" in e]
    assert create(runner, body("once"), keyed("after the end")) == first[0]["started"]["executionId"]
    assert len(ollama.calls) == 1


def test_a_repeat_while_the_model_speaks_gets_every_word(runner, ollama):
    gate = Gate()
    ollama.will_say("one", gate, " two")
    key = keyed("while it speaks")
    with execute(runner, headers=key) as first:
        events = ndjson(first)
        until(events, "textDelta")
        with execute(runner, headers=key) as second:
            gate.open()
            assert text_of(ndjson(second)) == "one two"
        assert text_of(events) == " two"
    assert len(ollama.calls) == 1


@pytest.mark.parametrize("state", ["at work", "ended"])
def test_another_request_with_the_key_is_refused_by_the_execution_s_name(runner, ollama, state):
    gate = Gate()
    ollama.will_say("one", gate)
    key = f"another request, {state}"
    first = create(runner, body("one thing"), keyed(key))
    if state == "ended":
        gate.open()
        ended(runner, first)
    for path in ("/v1/executions", "/v1/execute"):
        refused = runner.http.post(path, json=body("another thing"), headers=keyed(key))
        message = error(refused, 409, "aborted")
        assert first in message and key in message and "new key" in message
    gate.open()
    ended(runner, first)
    assert len(ollama.calls) == 1


def test_after_deletion_the_key_is_free(runner, ollama):
    first = create(runner, body("one thing"), keyed("deleted"))
    assert runner.http.delete(f"/v1/executions/{first}").status_code == 200
    second = create(runner, body("another thing"), keyed("deleted"))
    assert second != first
    ended(runner, second)


def test_a_start_that_failed_leaves_the_key_free(start_runner, ollama):
    runner = start_runner("--max-executions", "1", OLLAMA_HOST=ollama.address)
    gate = Gate()
    ollama.will_say("one", gate)
    busy = create(runner)
    refused = runner.http.post("/v1/executions", json=body(), headers=keyed("failed"))
    error(refused, 429, "resource_exhausted")
    wrong = runner.http.post("/v1/executions", json=body(model_name="anthropic:"), headers=keyed("failed"))
    error(wrong, 400, "invalid_argument")
    gate.open()
    ended(runner, busy)
    assert ended(runner, create(runner, body("at last"), keyed("failed")))["status"]["phase"] == "EXECUTION_COMPLETED"


def test_a_session_that_was_busy_leaves_the_key_free(runner, ollama):
    gate = Gate()
    ollama.will_say("one", gate)
    first = create(runner, body(session="busy key"))
    made = body(session="busy key", on_busy="reject")
    error(runner.http.post("/v1/executions", json=made, headers=keyed("busy")), 409, "aborted")
    gate.open()
    ended(runner, first)
    assert ended(runner, create(runner, made, keyed("busy")))["status"]["phase"] == "EXECUTION_COMPLETED"


def test_one_who_executes_what_was_created_may_leave(runner, ollama):
    gate = Gate()
    ollama.will_say("one", gate, " two")
    key = keyed("created first")
    created = create(runner, headers=key)
    with execute(runner, headers=key) as response:
        assert response.headers["execution-id"] == created
        until(ndjson(response), "textDelta")
    assert phase(runner, created) == "IN_PROGRESS"
    gate.open()
    assert ended(runner, created)["status"]["phase"] == "EXECUTION_COMPLETED"
    assert not ollama.call().left.is_set()


def test_one_who_executes_what_was_created_may_run_out_of_time(runner, ollama):
    gate = Gate()
    ollama.will_say("one", gate, " two")
    key = keyed("created first, short of time")
    created = create(runner, headers=key)
    # After the first byte of a stream a cut is how it is said, where there is no end frame.
    with pytest.raises(httpx.RemoteProtocolError):
        executed(runner, headers=key | {"Connect-Timeout-Ms": "150"})
    assert phase(runner, created) == "IN_PROGRESS"
    gate.open()
    assert ended(runner, created)["status"]["phase"] == "EXECUTION_COMPLETED"


def test_creating_what_is_executed_makes_it_outlive_its_caller(runner, ollama):
    gate = Gate()
    ollama.will_say("one", gate, " two")
    key = keyed("executed first")
    with execute(runner, headers=key) as response:
        events = ndjson(response)
        until(events, "textDelta")
        created = create(runner, headers=key)
        assert response.headers["execution-id"] == created
    gate.open()
    assert ended(runner, created)["status"]["phase"] == "EXECUTION_COMPLETED"


def test_of_two_who_execute_the_last_to_leave_cancels(runner, ollama):
    ollama.will_say("one", Gate())
    key = keyed("two callers")
    with other_client(runner) as http:
        with http.stream("POST", "/v1/execute", json=body(), headers=NDJSON | key) as second:
            others = ndjson(second)
            until(others, "textDelta")
            with execute(runner, body(), key) as first:
                until(ndjson(first), "textDelta")
                execution = first.headers["execution-id"]
            assert not ollama.call().left.wait(0.3)  # nothing happens, which nothing announces
            assert phase(runner, execution) == "IN_PROGRESS"
        assert ollama.call().left.wait(5)
    assert ended(runner, execution)["status"]["phase"] == "EXECUTION_CANCELLED"


@pytest.mark.parametrize(("key", "words"), [("", "1 to 255"), ("k" * 256, "256")])
def test_a_key_of_the_wrong_length_is_refused(runner, key, words):
    refused = runner.http.post("/v1/executions", json=body(), headers=keyed(key))
    assert words in error(refused, 400, "invalid_argument")


def test_a_cancelled_execution_keeps_its_key(runner, ollama):
    ollama.will_say("one", Gate())
    first = create(runner, headers=keyed("cancelled"))
    assert cancel(runner, first).status_code == 200
    assert create(runner, headers=keyed("cancelled")) == first
    assert get(runner, first)["status"]["phase"] == "EXECUTION_CANCELLED"


@pytest.mark.parametrize("codec", [google_protobuf_binary_codec(), google_protobuf_json_codec()], ids=["proto", "json"])
def test_stubs_repeat_too(runner, ollama, codec):
    key = keyed(f"stubs {id(codec)}")
    asked = AgentExecution(spec=AgentExecutionSpec(message="once", session_id=f"stubs {id(codec)}", on_busy=reject))
    commands = AgentExecutionCommandControllerClientSync(runner.address, codec=codec)
    first = commands.create(asked, headers=key)
    assert commands.create(asked, headers=key).metadata.id == first.metadata.id
    events = list(AgentRunnerServiceClientSync(runner.address, codec=codec).execute(asked, headers=key))
    assert events[0].started.execution_id == first.metadata.id
    assert events[-1].finished.phase == EXECUTION_COMPLETED
    asked.spec.message = "twice"
    with pytest.raises(ConnectError) as caught:
        commands.create(asked, headers=key)
    assert caught.value.code == Code.ABORTED and first.metadata.id in caught.value.message
    assert len(ollama.calls) == 1
