"""Agents: definitions in a folder or in the request, tools that the model calls, what of it is seen and kept."""

from __future__ import annotations

import json

import pytest

from calls import body, executed
from events import error, kind
from runner import command
from scripted_api import ScriptedAPI, openai

CLERK = """\
description: keeps notes
instructions: You keep notes in files.
tools: [write_todos, ls, read_file, write_file]
"""


def calls(*wanted: tuple[str, dict]) -> str:
    """An answer of OpenAI's that calls tools, the arguments in two pieces."""
    deltas = []
    for index, (name, arguments) in enumerate(wanted):
        text = json.dumps(arguments)
        deltas += [{"index": index, "id": f"id-{name}-{index}", "type": "function",
                    "function": {"name": name, "arguments": text[:5]}},
                   {"index": index, "function": {"arguments": text[5:]}}]
    chunks = [{"choices": [{"index": 0, "delta": {"tool_calls": [delta]}, "finish_reason": None}]} for delta in deltas]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"


@pytest.fixture
def api():
    server = ScriptedAPI()
    yield server
    server.stop()


@pytest.fixture
def settings(api, tmp_path):
    (tmp_path / "clerk.yaml").write_text(CLERK)
    return {"STIGMER_LLM_PROVIDER": "openai", "STIGMER_LLM_BASE_URL": f"{api.address}/v1", "STIGMER_LLM_API_KEY": "k",
            "STIGMER_LLM_MODEL": "m", "STIGMER_AGENTS_DIR": str(tmp_path)}


def test_an_agent_works_with_its_tools(start_runner, api, settings):
    runner = start_runner(**settings)
    api.will_answer(calls(("write_todos", {"todos": [{"content": "write", "status": "pending"}]}),
                          ("write_file", {"path": "a.txt", "content": "hello"})),
                    calls(("read_file", {"path": "../../etc/passwd"})), openai("Noted."))
    request = body("Note hello.", session="notes")
    request["spec"]["agent_id"] = "clerk"
    events = executed(runner, request)
    kinds = [kind(event) for event in events if "Delta" not in kind(event)]
    assert kinds == ["started", "messageCompleted", "toolCallStarted", "todosUpdated", "toolCallCompleted",
                     "toolCallStarted", "toolCallCompleted", "messageCompleted", "toolCallStarted",
                     "toolCallCompleted", "messageCompleted", "finished"]
    assert api.bodies[0]["messages"][0] == {"role": "system", "content": "You keep notes in files."}
    assert {tool["function"]["name"] for tool in api.bodies[0]["tools"]} == {
        "write_todos", "ls", "read_file", "write_file"}
    told = api.bodies[2]["messages"][-1]
    assert told["role"] == "tool" and "without" in told["content"]
    status = runner.http.get(f"/v1/executions/{events[0]['started']['executionId']}").json()["status"]
    assert [call["name"] for call in status["toolCalls"]] == ["write_todos", "write_file", "read_file"]
    assert status["toolCalls"][1]["status"] == "TOOL_CALL_COMPLETED"
    assert status["toolCalls"][2]["status"] == "TOOL_CALL_FAILED"
    assert status["todos"]["1"]["content"] == "write"
    # The next execution of the session finds the file and knows of the calls.
    api.will_answer(calls(("read_file", {"path": "a.txt"})), openai("hello"))
    request["spec"]["message"] = "What did you note?"
    executed(runner, request)
    assert "hello" in api.bodies[-1]["messages"][-1]["content"]
    assert sum(message["role"] == "tool" for message in api.bodies[-1]["messages"]) == 4


def test_a_request_carries_its_agent(start_runner, api, settings):
    runner = start_runner(**settings)
    api.will_answer(openai("Arr."))
    request = body("Hello.")
    request["spec"]["agent"] = {"instructions": "You are a pirate."}
    executed(runner, request)
    assert api.bodies[0]["messages"][0]["content"] == "You are a pirate." and "tools" not in api.bodies[0]


@pytest.mark.parametrize("spec, status, code, words", [
    ({"agent_id": "clark"}, 404, "not_found", "clerk"),
    ({"agent_id": "../clerk"}, 400, "invalid_argument", "no name"),
    ({"agent": {"tools": ["rm"]}}, 400, "invalid_argument", "rm"),
    ({"agent_id": "clerk", "agent": {}}, 400, "invalid_argument", "give one"),
])
def test_an_agent_that_is_not_there_or_not_in_order_is_refused(start_runner, settings, spec, status, code, words):
    request = body("Hello.")
    request["spec"].update(spec)
    answer = start_runner(**settings).http.post("/v1/executions", json=request)
    assert words in error(answer, status, code)


def test_agents_are_listed_and_checked(settings, tmp_path):
    listed = command("agents", **settings)
    assert listed.returncode == 0 and "clerk  keeps notes" in listed.stdout
    (tmp_path / "broken.yaml").write_text("instrutions: x\n")
    listed = command("agents", **settings)
    assert listed.returncode == 1 and "instructions" in listed.stdout


def test_run_shows_what_an_agent_does(api, settings):
    api.will_answer(calls(("write_file", {"path": "a.txt", "content": "hello"})), openai("Noted."))
    done = command("run", "--agent", "clerk", "Note hello.", **settings)
    assert done.returncode == 0 and done.stdout == "Noted.\n"
    assert "→ write_file" in done.stderr
