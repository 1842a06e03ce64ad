"""Streams: words come as the model says them, resume after any cursor, and end when either side leaves."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import httpx_sse
import pytest

from calls import create, ended, execute, follow, get
from events import NDJSON, check_log, error, kind, ndjson, request, text_of, until
from scripted_ollama import CUT, Gate, Refusal, delta, done


def test_a_whole_stream_has_one_start_contiguous_deltas_and_one_end(runner):
    with execute(runner) as response:
        assert response.headers["content-type"].startswith("application/x-ndjson")
        events = list(ndjson(response))
    check_log(events)
    assert response.headers["execution-id"] == events[0]["started"]["executionId"]
    assert response.headers["execution-id"].startswith("aex_")
    completed = until(iter(events), "messageCompleted")["messageCompleted"]
    assert text_of(events) == completed["message"]["content"] == "Hello, world."
    assert completed["message"]["type"] == "MESSAGE_AI"
    assert completed["usage"] == {"inputTokens": 11, "outputTokens": 7}
    finished = events[-1]["finished"]
    assert finished["phase"] == "EXECUTION_COMPLETED" and "error" not in finished
    assert finished["usage"] == {"inputTokens": 11, "outputTokens": 7}


def test_the_first_event_says_which_setting_came_from_where(runner):
    with execute(runner, request(temperature=0.5)) as response:
        settings = until(ndjson(response), "started")["started"]["config"]["settings"]
    assert settings["provider"] == {"value": "ollama", "origin": "default for local mode"}
    assert settings["model"] == {"value": "scripted:1b", "origin": "env STIGMER_LLM_MODEL"}
    assert settings["base_url"]["origin"] == "env OLLAMA_HOST"
    assert settings["temperature"] == {"value": 0.5, "origin": "request execution_config.temperature"}


def test_the_first_event_comes_before_the_first_token(runner, ollama):
    gate = Gate()
    ollama.will_say(gate, "Hi")
    with execute(runner) as response:
        events = ndjson(response)
        assert kind(next(events)) == "started"
        assert not gate.is_open
        gate.open()
        assert text_of(events) == "Hi"


def test_words_arrive_while_the_model_is_still_speaking(runner, ollama):
    first, second = Gate(), Gate()
    ollama.will_say("one", first, " two", second, " three")
    with execute(runner) as response:
        events = ndjson(response)
        assert until(events, "textDelta")["textDelta"]["text"] == "one"
        first.open()
        assert until(events, "textDelta")["textDelta"]["text"] == " two"
        second.open()
        assert text_of(events) == " three"


def test_reasoning_is_told_apart_and_counts_into_the_position(runner, ollama):
    ollama.will_say(delta("", thinking="Hmm. "), "Yes")
    with execute(runner) as response:
        events = list(ndjson(response))
    check_log(events)
    assert until(iter(events), "reasoningDelta")["reasoningDelta"]["text"] == "Hmm. "
    completed = until(iter(events), "messageCompleted")["messageCompleted"]
    assert (completed["reasoning"], completed["message"]["content"]) == ("Hmm. ", "Yes")


def test_a_silent_model_is_bridged_by_pings(runner, ollama):
    gate = Gate()
    ollama.will_say(gate, "Hi")
    with runner.http.stream("POST", "/v1/execute", json=request(), headers={"Accept": "text/event-stream"}) as response:
        for line in response.iter_lines():
            if line.startswith(":"):
                assert line == ": ping"
                break
        gate.open()


def test_a_caller_who_leaves_cancels_the_execution_and_the_call_upstream(runner, ollama):
    ollama.will_say("Hel", Gate())
    with execute(runner) as response:
        until(ndjson(response), "textDelta")
        execution_id = response.headers["execution-id"]
    left_at = time.monotonic()
    assert ollama.call().left.wait(5), "the upstream connection stayed open"
    assert time.monotonic() - left_at < 1
    execution = ended(runner, execution_id)
    assert execution["status"]["phase"] == "EXECUTION_CANCELLED"


def test_a_created_execution_outlives_its_callers(runner, ollama):
    gate = Gate()
    ollama.will_say("Hel", gate, "lo")
    execution_id = create(runner)
    with follow(runner, execution_id) as response:
        until(ndjson(response), "textDelta")
    gate.open()
    status = ended(runner, execution_id)["status"]
    assert status["phase"] == "EXECUTION_COMPLETED"
    assert [(message["type"], message["content"]) for message in status["messages"]] == [
        ("MESSAGE_HUMAN", "Say hello"), ("MESSAGE_AI", "Hello")]
    assert status["startedAt"] and status["completedAt"]


def test_two_readers_see_the_same_log(runner, ollama):
    execution_id = create(runner)
    ended(runner, execution_id)
    logs = []
    for _ in range(2):
        with follow(runner, execution_id) as response:
            logs.append(list(ndjson(response)))
    assert logs[0] == logs[1]
    assert kind(logs[0][0]) == "started" and kind(logs[0][-1]) == "finished"


@pytest.mark.parametrize(("first", "cursor_bytes", "rest"), [
    ("abcdef", 6, ""), ("abcdef", 2, "cdef"), ("héllo", 3, "llo"), ("日本", 3, "本"), ("👋🏽!", 8, "!")])
def test_a_stream_resumes_in_the_middle_of_a_message(runner, ollama, first, cursor_bytes, rest):
    first_gate, second_gate = Gate(), Gate()
    ollama.will_say(first, first_gate, "XYZ", second_gate)
    execution_id = create(runner)
    with follow(runner, execution_id) as response:
        cursor = until(ndjson(response), "textDelta")["cursor"]
    number, _, position = cursor.partition(".")
    assert int(position) == len(first.encode())

    first_gate.open()
    with follow(runner, execution_id, f"{number}.{cursor_bytes}") as response:
        events, seen = ndjson(response), ""
        while not seen.endswith("XYZ"):
            event = until(events, "textDelta")
            seen += event["textDelta"]["text"]
            assert event["cursor"] == f"{number}.{cursor_bytes + len(seen.encode())}"
        assert seen == rest + "XYZ"
        second_gate.open()
        assert kind(next(events)) == "messageCompleted"


def test_a_cursor_into_a_message_that_is_done_by_now_gives_the_durable_events_after_it(runner):
    execution_id = create(runner)
    ended(runner, execution_id)
    with follow(runner, execution_id, "1.3") as response:
        events = list(ndjson(response))
    assert [event["cursor"] for event in events] == ["2", "3"]
    assert [kind(event) for event in events] == ["messageCompleted", "finished"]


@pytest.mark.parametrize("after", ["abc", "1.", ".5", "-1", "1.2.3", "1.-2", "99999999999999999999999", "999"])
def test_a_cursor_that_is_none_is_refused_by_its_value(runner, after):
    execution_id = create(runner)
    ended(runner, execution_id)
    response = runner.http.get(f"/v1/executions/{execution_id}/events", params={"after": after})
    assert response.status_code == 400, response.text
    assert response.json()["code"] in ("invalid_argument", "out_of_range")
    assert after in response.json()["message"]


def test_sse_carries_cursor_kind_and_json_and_resumes_by_last_event_id(runner, ollama):
    first_gate, second_gate = Gate(), Gate()
    ollama.will_say("abc", first_gate, "def", second_gate)
    execution_id = create(runner)
    path = f"/v1/executions/{execution_id}/events"

    with httpx_sse.connect_sse(runner.http, "GET", path) as source:
        for event in source.iter_sse():
            assert event.json()["cursor"] == event.id
            if event.event == "text_delta":
                break
    assert event.json()["textDelta"]["text"] == "abc"

    first_gate.open()
    with httpx_sse.connect_sse(runner.http, "GET", path, headers={"Last-Event-ID": event.id}) as source:
        resumed = source.iter_sse()
        assert next(resumed).json()["textDelta"]["text"] == "def"
        second_gate.open()
        assert [event.event for event in resumed] == ["message_completed", "finished"]


def test_sse_streams_an_execute_too(runner):
    with httpx_sse.connect_sse(runner.http, "POST", "/v1/execute", json=request()) as source:
        assert source.response.headers["execution-id"]
        events = [event.json() for event in source.iter_sse()]
    check_log(events)
    assert text_of(events) == "Hello, world."


FAILURES = [
    pytest.param([Refusal(404, 'model "scripted:1b" not found, try pulling it first')],
                 "not_found", "ollama pull scripted:1b", "", id="a model that is not pulled"),
    pytest.param([Refusal(400, "bad options")], "invalid_argument", "bad options", "", id="a refusal"),
    pytest.param(["Hel", {"error": "out of memory"}], None, "out of memory", "Hel", id="an error inside the stream"),
    pytest.param(["Hel", CUT], "unavailable", "", "Hel", id="a broken connection"),
]


@pytest.mark.parametrize(("script", "code", "words", "text"), FAILURES)
def test_what_goes_wrong_upstream_is_the_finished_event(runner, ollama, script, code, words, text):
    ollama.will_say(*script)
    with execute(runner) as response:
        events = list(ndjson(response))
    assert text_of(events) == text
    finished = events[-1]["finished"]
    assert finished["phase"] == "EXECUTION_FAILED"
    assert finished["error"]["message"] and words in finished["error"]["message"]
    if code:
        assert finished["error"]["code"] == code
    assert [kind(event) for event in events].count("finished") == 1
    status = get(runner, response.headers["execution-id"])["status"]
    assert status["phase"] == "EXECUTION_FAILED" and words in status["error"]


def test_a_model_that_stops_at_its_limit_says_so(runner, ollama):
    ollama.will_say("Hel", done("length"))
    with execute(runner, request(max_tokens=1)) as response:
        events = list(ndjson(response))
    assert until(iter(events), "messageCompleted")["messageCompleted"]["stopReason"] == "length"
    assert ollama.call().body["options"]["num_predict"] == 1


def test_a_refused_call_is_tried_again_before_its_first_word(runner, ollama):
    ollama.will_say(Refusal(503, "busy", {"Retry-After": "0"}))
    ollama.will_say("Now")
    with execute(runner) as response:
        events = list(ndjson(response))
    assert text_of(events) == "Now"
    assert events[-1]["finished"]["phase"] == "EXECUTION_COMPLETED"


def test_without_ollama_one_sentence_says_what_to_do(start_runner):
    runner = start_runner(OLLAMA_HOST="127.0.0.1:1")
    with execute(runner) as response:
        finished = list(ndjson(response))[-1]["finished"]
    assert finished["error"]["code"] == "unavailable"
    assert "127.0.0.1:1" in finished["error"]["message"] and "ollama serve" in finished["error"]["message"]


def test_many_streams_at_once_do_not_wait_for_each_other(runner, ollama):
    gate = Gate()
    for _ in range(20):
        ollama.will_say("one", gate, " two")
    clients = [httpx.Client(base_url=runner.address, timeout=30) for _ in range(20)]
    responses = [client.send(client.build_request("POST", "/v1/execute", json=request(), headers=NDJSON), stream=True)
                 for client in clients]
    streams = [ndjson(response) for response in responses]
    assert [until(stream, "textDelta")["textDelta"]["text"] for stream in streams] == ["one"] * 20
    gate.open()
    assert [text_of(stream) for stream in streams] == [" two"] * 20
    for client in clients:
        client.close()


def test_an_unknown_execution_has_no_events(runner):
    message = error(runner.http.get("/v1/executions/aex_none/events"), 404, "not_found")
    assert "aex_none" in message


def test_who_executes_gets_the_words_however_quick_the_answer_is(runner):
    def words(_) -> str:
        with httpx.Client(base_url=runner.address, timeout=30) as http:
            response = http.post("/v1/execute", json=request(), headers=NDJSON)
            events = [json.loads(line) for line in response.text.splitlines()]
        check_log(events)
        return text_of(events)

    # Beside each other their commits wait, and an answer may be whole before its start is on the disk.
    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(words, range(200))) == {"Hello, world."}
