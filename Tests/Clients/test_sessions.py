"""Sessions: executions that share a conversation, one at a time."""

from __future__ import annotations

import pytest

from calls import body, cancel, create, ended, events_of, execute, executed, get, phase
from events import check_log, error, kind, ndjson, until
from scripted_api import ScriptedAPI, anthropic, openai
from scripted_ollama import CUT, MODEL, Gate, Refusal


@pytest.fixture
def api():
    server = ScriptedAPI()
    yield server
    server.stop()


@pytest.fixture
def gate():
    """A gate that is open when the test is over, so that nothing is left at work in its session."""
    gate = Gate()
    yield gate
    gate.open()


# The history, in each provider's own form.


def test_ollama_is_told_what_was_said(runner, ollama):
    ollama.will_say("I am ", "well.")
    executed(runner, body("How are you?", session="told"))
    executed(runner, body("Why?", session="told"))
    assert ollama.said() == [("user", "How are you?"), ("assistant", "I am well."), ("user", "Why?")]
    executed(runner, body("And here?", session="another"))
    executed(runner, body("And without?"))
    assert ollama.said(2) == [("user", "And here?")] and ollama.said(3) == [("user", "And without?")]


def test_openai_is_told_what_was_said(start_runner, api):
    runner = start_runner(STIGMER_LLM_PROVIDER="openai", STIGMER_LLM_BASE_URL=f"{api.address}/v1",
                          STIGMER_LLM_API_KEY="sk-test", STIGMER_LLM_MODEL="some-model")
    api.will_answer(openai("I am well."), openai("Because."))
    executed(runner, body("How are you?", session="s"))
    executed(runner, body("Why?", session="s"))
    assert api.bodies[1]["messages"] == [{"role": "user", "content": "How are you?"},
                                         {"role": "assistant", "content": "I am well."},
                                         {"role": "user", "content": "Why?"}]


def test_anthropic_gets_its_reasoning_back_unchanged_and_nobody_else_does(start_runner, api, ollama, tmp_path):
    settings = {"STIGMER_LLM_PROVIDER": "anthropic", "STIGMER_LLM_BASE_URL": api.address, "STIGMER_LLM_API_KEY": "k",
                "STIGMER_LLM_MODEL": "claude-x", "OLLAMA_HOST": ollama.address}
    runner = start_runner("--data-dir", str(tmp_path), **settings)
    api.will_answer(anthropic("I am well.", thinking="Let me — 考え — see.", signature="c2ln/+==", redacted="ZW5j"),
                    anthropic("Because."), anthropic("Again."))
    executed(runner, body("How are you?", session="s"))
    executed(runner, body("Why?", session="s"))
    answer = {"role": "assistant", "content": [
        {"type": "thinking", "thinking": "Let me — 考え — see.", "signature": "c2ln/+=="},
        {"type": "redacted_thinking", "data": "ZW5j"},
        {"type": "text", "text": "I am well."}]}
    history = [{"role": "user", "content": "How are you?"}, answer, {"role": "user", "content": "Why?"}]
    assert api.bodies[1]["messages"] == history

    executed(runner, body("What?", session="s", model_name=f"ollama:{MODEL}"))
    assert ollama.call().body["messages"] == [
        {"role": "user", "content": "How are you?"}, {"role": "assistant", "content": "I am well."},
        {"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Because."},
        {"role": "user", "content": "What?"}]

    # Nor does a restart lose it.
    runner.kill()
    runner = start_runner("--data-dir", str(tmp_path), **settings)
    executed(runner, body("Still?", session="s"))
    assert api.bodies[2]["messages"][:3] == history


def test_what_was_cut_off_is_told_as_far_as_it_came(runner, ollama):
    ollama.will_say("I am", CUT)
    executed(runner, body("How are you?", session="cut"))
    ollama.will_say(Refusal(400, "no"))
    executed(runner, body("Say more", session="cut"))
    executed(runner, body("Why?", session="cut"))
    assert ollama.said() == [("user", "How are you?"), ("assistant", "I am"), ("user", "Say more"), ("user", "Why?")]


def test_a_deleted_execution_is_told_no_more(runner, ollama):
    first = create(runner, body("Forget this", session="deleted"))
    ended(runner, first)
    assert runner.http.delete(f"/v1/executions/{first}").status_code == 200
    executed(runner, body("What did I say?", session="deleted"))
    assert ollama.said() == [("user", "What did I say?")]


# A history that is too long.


def test_a_history_that_does_not_fit_is_trimmed_and_the_stream_says_so(start_runner, api):
    runner = start_runner(STIGMER_LLM_PROVIDER="openai", STIGMER_LLM_BASE_URL=f"{api.address}/v1",
                          STIGMER_LLM_API_KEY="sk-test", STIGMER_LLM_MODEL="some-model")
    turns = [f"question {number} " + "word " * 50 for number in range(6)]
    too_long = (400, {"error": {"code": "context_length_exceeded", "type": "invalid_request_error",
                                "message": "This model's maximum context length is 128 tokens."}})
    for turn in turns:
        api.will_answer(openai("answer"))
        executed(runner, body(turn, session="long"))
    api.will_answer(too_long, too_long, openai("done"))
    events = executed(runner, body("the last", session="long"))
    check_log(events)
    assert [kind(event) for event in events] == ["started", "progress", "progress", "textDelta", "messageCompleted",
                                                 "finished"]
    for event in events[1:3]:
        assert event["progress"]["what"] == "trimming" and "some-model" in event["progress"]["detail"]
    counts = [len(asked["messages"]) for asked in api.bodies[-3:]]
    assert counts[0] == 13 and counts[0] > counts[1] > counts[2] > 1
    for asked in api.bodies[-3:]:
        assert asked["messages"][0]["role"] == "user" and asked["messages"][-1]["content"] == "the last"
    assert events[-1]["finished"]["phase"] == "EXECUTION_COMPLETED"


def test_one_message_that_does_not_fit_by_itself_fails(start_runner, api):
    runner = start_runner(STIGMER_LLM_PROVIDER="openai", STIGMER_LLM_BASE_URL=f"{api.address}/v1",
                          STIGMER_LLM_API_KEY="sk-test", STIGMER_LLM_MODEL="some-model")
    api.will_answer((400, {"error": {"code": "context_length_exceeded", "message": "too long"}}))
    finished = executed(runner, body("all of it", session="s"))[-1]["finished"]
    assert finished["phase"] == "EXECUTION_FAILED" and "too long" in finished["error"]["message"]


# One at a time.


def test_a_busy_session_refuses_who_does_not_want_to_wait(runner, ollama, gate):
    ollama.will_say("one", gate)
    first = create(runner, body(session="reject"))
    for path in ("/v1/executions", "/v1/execute"):
        refused = runner.http.post(path, json=body(session="reject", on_busy="reject"))
        message = error(refused, 409, "aborted")
        assert first in message and '"reject"' in message and "enqueue" in message
    gate.open()
    ended(runner, first)
    assert executed(runner, body(session="reject", on_busy="reject"))[-1]["finished"]["phase"] == "EXECUTION_COMPLETED"


@pytest.mark.parametrize("on_busy", ["", "enqueue"])
def test_who_waits_starts_in_turn_and_knows_what_was_said(runner, ollama, gate, on_busy):
    session = f"enqueue {on_busy}"
    ollama.will_say("one", gate)
    first = create(runner, body("a", session=session))
    others = [create(runner, body(text, session=session, on_busy=on_busy)) for text in "bcd"]
    ollama.call()
    assert [phase(runner, execution) for execution in others] == ["PENDING"] * 3
    gate.open()
    ended(runner, others[-1])
    assert len(ollama.calls) == 4
    assert [said[1] for said in ollama.said()] == ["a", "one", "b", "Hello, world.", "c", "Hello, world.", "d"]
    for execution in (first, *others):
        assert phase(runner, execution) == "COMPLETED"


def test_another_session_does_not_wait(runner, ollama, gate):
    ollama.will_say("one", gate)
    create(runner, body(session="waits"))
    ollama.call()
    assert executed(runner, body(session="does not"))[-1]["finished"]["phase"] == "EXECUTION_COMPLETED"


def test_who_interrupts_comes_next(runner, ollama, gate):
    ollama.will_say("one", Gate())
    first = create(runner, body("a", session="interrupt"))
    waiting = create(runner, body("b", session="interrupt"))
    ollama.call()
    with execute(runner, body("c", session="interrupt", on_busy="interrupt")) as response:
        until(ndjson(response), "finished")
        interrupter = response.headers["execution-id"]
    assert ollama.call(0).left.wait(5)
    status = ended(runner, first)["status"]
    assert status["phase"] == "EXECUTION_CANCELLED" and interrupter in status["error"]
    assert status["messages"][-1]["content"] == "one"
    ended(runner, waiting)
    assert [ollama.said(index)[-1][1] for index in range(3)] == ["a", "c", "b"]
    assert ollama.said(1) == [("user", "a"), ("assistant", "one"), ("user", "c")]


def test_who_waits_knows_of_the_one_who_came_between(runner, ollama):
    ollama.will_say("one", Gate())
    create(runner, body("a", session="between"))
    waiting = create(runner, body("b", session="between"))
    ollama.call()
    executed(runner, body("c", session="between", on_busy="interrupt"))
    ended(runner, waiting)
    assert [said[1] for said in ollama.said(2)] == ["a", "one", "c", "Hello, world.", "b"]


def test_one_who_waits_can_be_cancelled_and_deleted(runner, ollama, gate):
    ollama.will_say("one", gate)
    create(runner, body("a", session="waiting"))
    cancelled, deleted, last = (create(runner, body(text, session="waiting")) for text in "bcd")
    ollama.call()
    assert cancel(runner, cancelled).json()["status"]["phase"] == "EXECUTION_CANCELLED"
    check_log(events_of(runner, cancelled))
    assert runner.http.delete(f"/v1/executions/{deleted}").status_code == 200
    error(runner.http.get(f"/v1/executions/{deleted}"), 404, "not_found")
    gate.open()
    ended(runner, last)
    assert len(ollama.calls) == 2
    assert [said[1] for said in ollama.said()] == ["a", "one", "b", "d"]


def test_an_attached_caller_who_waits_and_leaves_is_not_waited_for(runner, ollama, gate):
    ollama.will_say("one", gate)
    first = create(runner, body("a", session="leaver"))
    ollama.call()
    with execute(runner, body("b", session="leaver")) as response:
        leaver = response.headers["execution-id"]
    assert ended(runner, leaver)["status"]["phase"] == "EXECUTION_CANCELLED"
    assert phase(runner, first) == "IN_PROGRESS"
    gate.open()
    ended(runner, first)
    assert len(ollama.calls) == 1


def test_a_hundred_may_wait(runner, ollama, gate):
    ollama.will_say("one", gate)
    first = create(runner, body("a", session="queue"))
    waiting = [create(runner, body("b", session="queue")) for _ in range(100)]
    for on_busy in ("enqueue", "interrupt"):
        refused = runner.http.post("/v1/executions", json=body("c", session="queue", on_busy=on_busy))
        message = error(refused, 429, "resource_exhausted")
        assert "100" in message and '"queue"' in message
        assert refused.headers["retry-after"]
    assert phase(runner, first) == "IN_PROGRESS"
    for execution in waiting:
        cancel(runner, execution)
    gate.open()
    assert get(runner, waiting[0])["status"]["phase"] == "EXECUTION_CANCELLED"


def test_an_unknown_on_busy_is_refused(runner):
    refused = runner.http.post("/v1/executions", json=body(session="s", on_busy="queue"))
    assert "on_busy" in error(refused, 400, "invalid_argument") or "onBusy" in refused.json()["message"]
