"""The small real model, through OpenAI's API and through Anthropic's."""

from __future__ import annotations

import time

import httpx

from events import NDJSON, check_log, kind, ndjson, request, text_of, until


def test_a_real_model_answers_word_by_word(real_runner):
    with real_runner.http.stream("POST", "/v1/execute", json=request("Say hello.", max_tokens=24, temperature=0), headers=NDJSON) as response:
        events = list(ndjson(response))
    check_log(events)
    settings = events[0]["started"]["config"]["settings"]
    assert (settings["provider"]["value"], settings["model"]["value"]) == (real_runner.provider, "smollm2")
    completed = until(iter(events), "messageCompleted")["messageCompleted"]
    assert text_of(events) == completed["message"]["content"] != ""
    assert sum(kind(event) == "textDelta" for event in events) > 1, "the answer came in one piece"
    assert completed["usage"]["inputTokens"] > 0 and 0 < completed["usage"]["outputTokens"] <= 24
    assert completed["stopReason"]
    finished = events[-1]["finished"]
    assert finished["phase"] == "EXECUTION_COMPLETED"
    assert 0 <= finished["timings"]["firstTokenMs"] <= finished["timings"]["totalMs"]


def test_a_limit_stops_a_real_model(real_runner):
    with real_runner.http.stream("POST", "/v1/execute", json=request("Count to a thousand.", max_tokens=5),
                                 headers=NDJSON) as response:
        events = list(ndjson(response))
    assert until(iter(events), "messageCompleted")["messageCompleted"]["usage"]["outputTokens"] <= 5
    assert events[-1]["finished"]["phase"] == "EXECUTION_COMPLETED"


def test_a_caller_who_leaves_stops_a_real_model(real_runner, local_model):
    with real_runner.http.stream("POST", "/v1/execute", json=request("Tell a very long story.", max_tokens=3000),
                                 headers=NDJSON) as response:
        until(ndjson(response), "textDelta")
    deadline = time.monotonic() + 5
    while any(slot["is_processing"] for slot in httpx.get(f"{local_model}/slots").json()):
        assert time.monotonic() < deadline, "the model went on for nobody"
        time.sleep(0.02)


def test_a_prompt_beyond_the_context_fails_with_a_reason(real_runner):
    with real_runner.http.stream("POST", "/v1/execute", json=request("word " * 8000), headers=NDJSON) as response:
        finished = list(ndjson(response))[-1]["finished"]
    assert finished["phase"] == "EXECUTION_FAILED"
    assert finished["error"]["code"] == "invalid_argument" and "context" in finished["error"]["message"]


def test_the_models_that_are_offered_include_the_real_one(real_runner):
    offered = real_runner.http.get("/v1/models").json()
    assert (real_runner.provider, "smollm2") in [(model["provider"], model["id"]) for model in offered["models"]]
