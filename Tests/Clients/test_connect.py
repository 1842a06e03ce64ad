"""Stigmer's own stubs and the connectrpc client, in binary and in JSON."""

from __future__ import annotations

import gzip
import json
import struct

import pytest
from ai.stigmer.agentic.agentexecution.v1.api_pb2 import AgentExecution
from ai.stigmer.agentic.agentexecution.v1.command_connect import AgentExecutionCommandControllerClientSync
from ai.stigmer.agentic.agentexecution.v1.enum_pb2 import EXECUTION_COMPLETED, MESSAGE_AI, MESSAGE_HUMAN
from ai.stigmer.agentic.agentexecution.v1.io_pb2 import AgentExecutionId
from ai.stigmer.agentic.agentexecution.v1.query_connect import AgentExecutionQueryControllerClientSync
from ai.stigmer.agentic.agentexecution.v1.spec_pb2 import AgentExecutionSpec, ExecutionConfig
from ai.stigmer.agentic.agentrunner.v1.config_pb2 import EffectiveConfig
from ai.stigmer.agentic.agentrunner.v1.event_pb2 import ExecutionEvent
from ai.stigmer.agentic.agentrunner.v1.io_pb2 import GetConfigRequest, ListModelsRequest, StreamEventsRequest
from ai.stigmer.agentic.agentrunner.v1.service_connect import AgentRunnerServiceClientSync
from connectrpc.code import Code
from connectrpc.compat import google_protobuf_binary_codec, google_protobuf_json_codec
from connectrpc.errors import ConnectError
from google.protobuf import json_format

from events import error, request
from scripted_ollama import CUT, Gate

COMMANDS = "/ai.stigmer.agentic.agentexecution.v1.AgentExecutionCommandController"
QUERIES = "/ai.stigmer.agentic.agentexecution.v1.AgentExecutionQueryController"
SERVICE = "/ai.stigmer.agentic.agentrunner.v1.AgentRunnerService"


def execution(message: str = "Say hello", **config) -> AgentExecution:
    return AgentExecution(spec=AgentExecutionSpec(
        message=message, execution_config=ExecutionConfig(**config) if config else None))


@pytest.fixture(params=["proto", "json"])
def codec(request):
    """Both codecs; the one for JSON refuses fields that the stubs do not know."""
    if request.param == "proto":
        return google_protobuf_binary_codec()
    return google_protobuf_json_codec(ignore_unknown_fields=False)


@pytest.fixture(params=["gzip", "identity"])
def client(request, runner, codec):
    """Makes a client of a kind: as it comes, it compresses what it sends."""
    options = {} if request.param == "gzip" else {"send_compression": None, "accept_compression": ()}
    return lambda kind: kind(runner.address, codec=codec, **options)


def test_execute_streams(client):
    events = list(client(AgentRunnerServiceClientSync).execute(execution()))
    assert events[0].WhichOneof("event") == "started"
    assert events[0].started.config.settings["provider"].value.string_value == "ollama"
    assert "".join(event.text_delta.text for event in events) == "Hello, world."
    assert events[-1].finished.phase == EXECUTION_COMPLETED
    assert events[-1].finished.usage.output_tokens == 7


def test_words_arrive_while_the_model_is_still_speaking(client, ollama):
    gate = Gate()
    ollama.will_say("one", gate, " two")
    events = client(AgentRunnerServiceClientSync).execute(execution())
    assert next(event for event in events if event.HasField("text_delta")).text_delta.text == "one"
    gate.open()
    assert "".join(event.text_delta.text for event in events) == " two"


def test_a_caller_who_leaves_cancels(client, ollama):
    ollama.will_say("one", Gate())
    events = client(AgentRunnerServiceClientSync).execute(execution())
    next(event for event in events if event.HasField("text_delta"))
    events.close()
    assert ollama.call().left.wait(5)


def test_create_then_subscribe_then_get(client):
    created = client(AgentExecutionCommandControllerClientSync).create(execution("Hi"))
    assert created.metadata.id.startswith("aex_")
    queries = client(AgentExecutionQueryControllerClientSync)
    snapshots = list(queries.subscribe(AgentExecutionId(value=created.metadata.id)))
    assert snapshots[-1].status.phase == EXECUTION_COMPLETED
    got = queries.get(AgentExecutionId(value=created.metadata.id))
    assert got == snapshots[-1]
    assert [(message.type, message.content) for message in got.status.messages] == [
        (MESSAGE_HUMAN, "Hi"), (MESSAGE_AI, "Hello, world.")]


def test_stream_events_resumes(client):
    created = client(AgentExecutionCommandControllerClientSync).create(execution())
    runner_service = client(AgentRunnerServiceClientSync)
    for _ in runner_service.stream_events(StreamEventsRequest(execution_id=created.metadata.id)):
        pass
    events = list(runner_service.stream_events(StreamEventsRequest(execution_id=created.metadata.id, after="1")))
    assert [event.cursor for event in events] == ["2", "3"]
    assert events[-1].WhichOneof("event") == "finished"


def test_config_and_models(client):
    service = client(AgentRunnerServiceClientSync)
    settings = service.get_config(GetConfigRequest()).settings
    assert settings["model"].value.string_value == "scripted:1b"
    assert settings["model"].origin == "env STIGMER_LLM_MODEL"
    assert settings["api_key"].value.WhichOneof("kind") == "null_value"
    assert [(model.provider, model.id) for model in service.list_models(ListModelsRequest()).models] == [
        ("ollama", "scripted:1b")]


@pytest.mark.parametrize(("message", "code", "words"), [
    (execution(""), Code.INVALID_ARGUMENT, "message"),
    (AgentExecution(kind="Pod", spec=AgentExecutionSpec(message="x")), Code.INVALID_ARGUMENT, "Pod"),
    (execution(model_name="anthropic:claude-opus-4"), Code.FAILED_PRECONDITION, "ANTHROPIC_API_KEY"),
    (execution(temperature=9), Code.INVALID_ARGUMENT, "9"),
])
def test_errors_have_their_code_in_unary_calls_and_in_streams(client, message, code, words):
    for call in (lambda: client(AgentExecutionCommandControllerClientSync).create(message),
                 lambda: list(client(AgentRunnerServiceClientSync).execute(message))):
        with pytest.raises(ConnectError) as refusal:
            call()
        assert refusal.value.code == code and words in refusal.value.message


def test_an_unknown_execution_is_not_found(client):
    with pytest.raises(ConnectError) as refusal:
        client(AgentExecutionQueryControllerClientSync).get(AgentExecutionId(value="aex_nope"))
    assert refusal.value.code == Code.NOT_FOUND and "aex_nope" in refusal.value.message


def test_a_failure_inside_a_stream_is_the_finished_event_and_the_end_frame(client, ollama):
    ollama.will_say("Hel", CUT)
    events = []
    with pytest.raises(ConnectError) as failure:
        for event in client(AgentRunnerServiceClientSync).execute(execution()):
            events.append(event)
    assert "".join(event.text_delta.text for event in events) == "Hel"
    assert events[-1].finished.error.code == failure.value.code.value == "unavailable"
    assert events[-1].finished.error.message == failure.value.message


# The stubs alone, over any HTTP client.


def test_stubs_alone_in_binary(runner):
    response = runner.http.post(f"{COMMANDS}/create", content=execution("Hi").SerializeToString(),
                                headers={"Content-Type": "application/proto", "Connect-Protocol-Version": "1"})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/proto"
    assert AgentExecution.FromString(response.content).spec.message == "Hi"


def test_stubs_alone_in_json(runner):
    response = runner.http.post(f"{COMMANDS}/create", content=json_format.MessageToJson(execution("Hi")),
                                headers={"Content-Type": "application/json"})
    assert response.status_code == 200, response.text
    assert json_format.Parse(response.content, AgentExecution()).spec.message == "Hi"


def test_config_is_the_same_by_path_and_by_rpc(runner):
    by_path = runner.http.get("/v1/config").json()
    by_rpc = runner.http.post(f"{SERVICE}/GetConfig", json={}).json()
    assert by_path == by_rpc
    assert json_format.ParseDict(by_path, EffectiveConfig()).settings["provider"].value.string_value == "ollama"


def test_every_event_on_a_line_is_what_the_stubs_know(runner):
    response = runner.http.post("/v1/execute", json=request())
    for line in response.text.splitlines():
        json_format.Parse(line, ExecutionEvent())


# The protocol's own rules, frame by frame.


def frame(payload: bytes, flags: int = 0) -> bytes:
    return struct.pack(">BI", flags, len(payload)) + payload


def frames(content: bytes) -> list[tuple[int, bytes]]:
    found = []
    while content:
        flags, length = struct.unpack(">BI", content[:5])
        found.append((flags, content[5:5 + length]))
        content = content[5 + length:]
    return found


def connect(runner, content: bytes, rpc: str = f"{SERVICE}/Execute", **headers: str):
    return runner.http.post(rpc, content=content, headers={
        "Content-Type": "application/connect+json", **{name.replace("_", "-"): value for name, value in headers.items()}})


def end(response) -> dict:
    """The end frame, which is the last one and the only one of its kind."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/connect+json"
    [*messages, last] = frames(response.content)
    assert last[0] == 2 and all(flags == 0 for flags, _ in messages)
    return json.loads(last[1])


BODY = json.dumps(request()).encode()


def test_a_stream_is_enveloped_and_ends_with_an_end_frame(runner):
    response = connect(runner, frame(BODY), Connect_Protocol_Version="1")
    assert end(response) == {}
    assert response.headers["execution-id"].startswith("aex_")


def test_a_gzipped_envelope_is_read(runner):
    assert end(connect(runner, frame(gzip.compress(BODY), 1), Connect_Content_Encoding="gzip")) == {}


@pytest.mark.parametrize(("content", "headers", "code", "words"), [
    (frame(BODY)[:-3], {}, "invalid_argument", ""),
    (b"", {}, "invalid_argument", ""),
    (frame(b"{"), {}, "invalid_argument", ""),
    (frame(b'{"spek":1}'), {}, "invalid_argument", "spek"),
    (frame(BODY) + frame(BODY), {}, "unimplemented", ""),
    (frame(BODY, 1), {}, "internal", ""),
    (frame(gzip.compress(BODY), 1), {"Connect_Content_Encoding": "zstd"}, "unimplemented", "gzip"),
])
def test_a_bad_stream_request_is_answered_in_the_end_frame(runner, content, headers, code, words):
    told = end(connect(runner, content, **headers))["error"]
    assert words in told["message"] and told["message"]
    assert told["code"] in (code, "invalid_argument")


def test_another_protocol_version_is_refused(runner):
    told = runner.http.post(f"{SERVICE}/GetConfig", json={}, headers={"Connect-Protocol-Version": "2"})
    assert "2" in error(told, 400, "invalid_argument")


@pytest.mark.parametrize("value", ["12345678901", "soon", "-5", "1.5", "+5"])
def test_a_time_limit_that_is_none_is_refused(runner, value):
    told = runner.http.post(f"{SERVICE}/GetConfig", json={}, headers={"Connect-Timeout-Ms": value})
    assert value in error(told, 400, "invalid_argument")


def test_a_time_limit_ends_the_call_and_what_it_started(runner, ollama):
    ollama.will_say("Hel", Gate())
    response = connect(runner, frame(BODY), Connect_Timeout_Ms="300")
    assert end(response)["error"]["code"] == "deadline_exceeded"
    assert ollama.call().left.wait(5)


def test_a_streaming_rpc_called_as_if_it_were_unary_is_told(runner):
    response = runner.http.post(f"{SERVICE}/Execute", content=execution().SerializeToString(),
                                headers={"Content-Type": "application/proto"})
    assert response.status_code == 415 and "application/connect+proto" in response.json()["message"]
