"""Requests: what is accepted, what is refused, and what a refusal says."""

from __future__ import annotations

import json
import re
import socket

import pytest

from events import NDJSON, error, ndjson, request, text_of

JSON = {"Content-Type": "application/json"}
CREATE = "/ai.stigmer.agentic.agentexecution.v1.AgentExecutionCommandController/create"


def test_curl_d_simply_works(runner):
    response = runner.http.post("/v1/execute", content=json.dumps(request()),
                                headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "*/*"})
    assert text_of(ndjson(response)) == "Hello, world."


@pytest.mark.parametrize("headers", [
    {}, {"Accept": "application/json"}, {"Accept": "*/*"}, NDJSON,
    {"Content-Type": "application/json; charset=utf-8"}, {"Accept": "text/html, application/json;q=0.9, */*;q=0.8"}])
def test_without_another_wish_a_stream_is_one_event_a_line(runner, headers):
    response = runner.http.post("/v1/execute", content=json.dumps(request()), headers={**JSON, **headers})
    assert response.headers["content-type"].startswith("application/x-ndjson")
    assert text_of(ndjson(response)) == "Hello, world."


def test_both_spellings_of_a_field_are_read_and_lower_camel_case_is_written(runner, ollama):
    for spelling in ("executionConfig", "execution_config"):
        for name in ("modelName", "model_name"):
            body = {"spec": {"message": "Hi", spelling: {name: "other:2b"}}}
            created = runner.http.post("/v1/executions", json=body).json()
            assert created["spec"]["executionConfig"] == {"modelName": "other:2b"}
    assert ollama.call(3).body["model"] == "other:2b"


def test_what_is_left_out_is_filled_in(runner):
    created = runner.http.post("/v1/executions", json=request("Hi")).json()
    assert (created["apiVersion"], created["kind"]) == ("agentic.stigmer.ai/v1", "AgentExecution")
    assert created["metadata"]["id"].startswith("aex_")
    assert created["status"]["phase"] in ("EXECUTION_PENDING", "EXECUTION_IN_PROGRESS", "EXECUTION_COMPLETED")
    # Only what Stigmer's own stubs know is in the answer.
    assert set(created["spec"]) == {"message"}


REFUSED = [
    # body, status, code, words that the message must hold
    ('{"spec":{"message":"x","mesage":"y"}}', 400, "invalid_argument", ["mesage"]),
    ('{"spec":{"message":"x","execution_config":{"model":"y"}}}', 400, "invalid_argument", ["model"]),
    ('{"spek":{}}', 400, "invalid_argument", ["spek"]),
    ('{"spec":', 400, "invalid_argument", []),
    ("", 400, "invalid_argument", []),
    ("[]", 400, "invalid_argument", []),
    ("null", 400, "invalid_argument", []),
    ("hello", 400, "invalid_argument", []),
    ('{"spec":{"message":"x"}} trailing', 400, "invalid_argument", []),
    ("{}", 400, "invalid_argument", ["message"]),
    ('{"spec":{}}', 400, "invalid_argument", ["message"]),
    ('{"spec":{"message":""}}', 400, "invalid_argument", ["message"]),
    ('{"spec":{"message":7}}', 400, "invalid_argument", ["message"]),
    ('{"spec":{"message":"\\ud800"}}', 400, "invalid_argument", []),
    ('{"api_version":"v2","spec":{"message":"x"}}', 400, "invalid_argument", ["v2", "agentic.stigmer.ai/v1"]),
    ('{"kind":"Pod","spec":{"message":"x"}}', 400, "invalid_argument", ["Pod", "AgentExecution"]),
    ('{"spec":{"message":"x","execution_config":{"temperature":3}}}', 400, "invalid_argument", ["temperature", "3"]),
    ('{"spec":{"message":"x","execution_config":{"temperature":-1}}}', 400, "invalid_argument", ["temperature", "-1"]),
    ('{"spec":{"message":"x","execution_config":{"temperature":"hot"}}}', 400, "invalid_argument", ["temperature"]),
    ('{"spec":{"message":"x","execution_config":{"max_tokens":0}}}', 400, "invalid_argument", ["max_tokens", "0"]),
    ('{"spec":{"message":"x","execution_config":{"max_tokens":1.5}}}', 400, "invalid_argument", ["max"]),
    ('{"spec":{"message":"x","execution_config":{"model_name":"anthropic:"}}}', 400, "invalid_argument", ["anthropic:"]),
    ('{"spec":{"message":"x","execution_config":{"model_name":"anthropic:claude-opus-4"}}}',
     400, "failed_precondition", ["ANTHROPIC_API_KEY"]),
    ('{"spec":{"message":"x","execution_config":{"model_name":"claude-sonnet-4.5"}}}',
     400, "failed_precondition", ["ANTHROPIC_API_KEY"]),
    ('{"spec":{"message":"x","execution_config":{"model_name":"openai:gpt-4o"}}}',
     400, "failed_precondition", ["OPENAI_API_KEY"]),
]


@pytest.mark.parametrize("path", ["/v1/execute", "/v1/executions"])
@pytest.mark.parametrize(("body", "status", "code", "words"), REFUSED, ids=[row[0] or "empty" for row in REFUSED])
def test_a_bad_request_is_told_what_is_wrong_with_it(runner, ollama, path, body, status, code, words):
    message = error(runner.http.post(path, content=body, headers=JSON), status, code)
    for word in words:
        assert word in message
    assert not ollama.calls, "a refused request reached the model"


@pytest.mark.parametrize("body", [b"\xff\xfe", b'{"spec":{"message":"\xc3"}}', b"[" * 100_000, b'{"a":' * 50_000])
def test_bytes_that_are_no_json_are_refused(runner, body):
    error(runner.http.post("/v1/execute", content=body, headers=JSON), 400, "invalid_argument")


@pytest.mark.parametrize(("body", "words"), [
    (b"\x0a\xff\xff", []), (b"\xff" * 10, []), (b"", ["message"]), (b"\x22\x00", ["message"])])
def test_bytes_that_are_no_protobuf_are_refused(runner, body, words):
    response = runner.http.post(CREATE, content=body, headers={"Content-Type": "application/proto"})
    message = error(response, 400, "invalid_argument")
    assert all(word in message for word in words)


@pytest.mark.parametrize(("method", "path", "status", "allow"), [
    ("GET", "/nope", 404, None), ("POST", "/v1/nope", 404, None), ("GET", "/", 404, None),
    ("GET", "/v1/execute", 405, "POST"), ("PUT", "/v1/execute", 405, "POST"), ("POST", "/livez", 405, "GET"),
    ("DELETE", "/v1/config", 405, "GET")])
def test_a_wrong_path_or_method_is_told(runner, method, path, status, allow):
    response = runner.http.request(method, path)
    assert response.status_code == status
    assert {"code", "message"} <= set(response.json())
    if allow:
        assert allow in response.headers["allow"]
    else:
        assert path in response.json()["message"]


def test_an_unknown_rpc_is_told(runner):
    path = "/ai.stigmer.agentic.agentrunner.v1.AgentRunnerService/Nope"
    response = runner.http.post(path, json={})
    assert (response.status_code, response.json()["code"]) in ((404, "not_found"), (501, "unimplemented"))
    assert "Nope" in response.json()["message"]


@pytest.mark.parametrize(("path", "content_type"), [
    ("/v1/execute", "text/plain"), ("/v1/execute", "application/xml"), (CREATE, "application/x-www-form-urlencoded"),
    (CREATE, "text/html")])
def test_another_content_type_is_415_and_named(runner, path, content_type):
    response = runner.http.post(path, content="{}", headers={"Content-Type": content_type})
    assert response.status_code == 415
    assert content_type in response.json()["message"]


def test_an_unknown_execution_is_named(runner):
    assert "aex_nope" in error(runner.http.get("/v1/executions/aex_nope"), 404, "not_found")


def exchange(runner, request: bytes) -> bytes:
    """Sends raw bytes and reads until the server closes, which it may do before it has read all."""
    answer = b""
    with socket.create_connection(("127.0.0.1", runner.port), timeout=5) as connection:
        try:
            connection.sendall(request)
            while piece := connection.recv(65536):
                answer += piece
        except (ConnectionError, TimeoutError):
            pass
    return answer


RAW = [
    ("nonsense", b"nonsense\r\n\r\n", 400),
    ("no host", b"GET /livez HTTP/1.1\r\n\r\n", 400),
    ("two lengths", b"POST /v1/execute HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}", 400),
    ("a length that is none", b"POST /v1/execute HTTP/1.1\r\nHost: x\r\nContent-Length: two\r\n\r\n{}", 400),
    ("length and chunks", b"POST /v1/execute HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
                          b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400),
    ("a space in a header's name", b"GET /livez HTTP/1.1\r\nHost : x\r\n\r\n", 400),
    ("no length", b"POST /v1/execute HTTP/1.1\r\nHost: localhost\r\n\r\n", 411),
    ("a host of others", b"GET /v1/config HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 403),
    ("an origin of others", b"GET /v1/config HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n"
                            b"Connection: close\r\n\r\n", 403),
    ("a body beyond the limit", b"POST /v1/execute HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                                b"Content-Length: 1099511627776\r\n\r\n", 413),
    ("a long target", b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    ("large headers", b"GET /livez HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 1_000_000 + b"\r\n\r\n", 431),
    ("another coding", b"POST /v1/execute HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
    ("a coding without an end", b"POST /v1/execute HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
    ("a host of others in the target", b"GET http://evil.example/v1/config HTTP/1.1\r\nHost: localhost\r\n"
                                       b"Connection: close\r\n\r\n", 403),
]


@pytest.mark.parametrize(("request_bytes", "status"), [row[1:] for row in RAW], ids=[row[0] for row in RAW])
def test_a_malformed_request_gets_its_status(runner, request_bytes, status):
    assert exchange(runner, request_bytes).split(b"\r\n")[0].startswith(b"HTTP/1.1 %d " % status)


def test_pipelined_requests_are_answered_in_order(runner):
    answer = exchange(runner, b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
                              b"GET /nope HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert re.findall(rb"HTTP/1.1 (\d+) ", answer) == [b"200", b"404"]


def test_head_has_headers_and_no_body(runner):
    head, _, body = exchange(runner, b"HEAD /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ") and body == b""


def test_a_client_that_expects_100_gets_it(runner):
    body = json.dumps(request()).encode()
    with socket.create_connection(("127.0.0.1", runner.port), timeout=5) as connection:
        connection.sendall(b"POST /v1/executions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                           b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n" % len(body))
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_a_chunked_body_is_read(runner):
    pieces = iter([b'{"spec":', b'{"message":', b'"Hi"}}'])
    response = runner.http.post("/v1/execute", content=pieces, headers=JSON)
    assert text_of(ndjson(response)) == "Hello, world."
