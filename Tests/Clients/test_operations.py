"""The process: health, figures, its end, its configuration and its commands."""

from __future__ import annotations

import json
import subprocess
import threading

import httpx
import pytest

from events import NDJSON, kind, ndjson, request, text_of, until
from runner import PROGRAM, command, environment
from scripted_ollama import MODEL, Gate


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_health(runner, path):
    assert runner.http.get(path).status_code == 200
    assert runner.http.head(path).content == b""


def test_metrics_are_text_for_prometheus(runner):
    response = runner.http.get("/metrics")
    assert response.status_code == 200 and response.headers["content-type"].startswith("text/plain")
    for line in response.text.splitlines():
        assert line.startswith("#") or float(line.rsplit(" ", 1)[1]) >= 0


def test_sigterm_lets_streams_finish_takes_no_new_work_and_exits_0(start_runner, ollama):
    runner = start_runner(OLLAMA_HOST=ollama.address, STIGMER_LLM_MODEL=MODEL)
    gate = Gate()
    ollama.will_say("one", gate, " two")
    with runner.http.stream("POST", "/v1/execute", json=request(), headers=NDJSON) as response:
        events = ndjson(response)
        until(events, "textDelta")
        runner.process.terminate()

        # Refused, one way or the other, as soon as the signal has been taken.
        draining = threading.Event()
        while not draining.is_set():
            try:
                if httpx.get(f"{runner.address}/readyz").status_code == 503:
                    draining.set()
            except httpx.TransportError:
                draining.set()
        try:
            assert httpx.post(f"{runner.address}/v1/execute", json=request()).status_code == 503
        except httpx.TransportError:
            pass

        gate.open()
        rest = list(events)
    assert text_of(rest) == " two"
    assert rest[-1]["finished"]["phase"] == "EXECUTION_COMPLETED"
    assert runner.process.wait(10) == 0, runner.log()


def test_an_idle_runner_ends_at_once(start_runner, ollama):
    runner = start_runner(OLLAMA_HOST=ollama.address)
    assert runner.http.get("/livez").status_code == 200
    assert runner.stop(timeout=3) == 0


@pytest.mark.parametrize(("settings", "words"), [
    ({"STIGMER_LLM_PROVIDER": "olama"}, ["olama", "STIGMER_LLM_PROVIDER"]),
    ({"STIGMER_LLM_TEMPERATURE": "hot"}, ["hot", "STIGMER_LLM_TEMPERATURE"]),
    ({"STIGMER_LLM_TEMPERATURE": "2.5"}, ["2.5", "STIGMER_LLM_TEMPERATURE"]),
    ({"STIGMER_LLM_MAX_TOKENS": "0"}, ["0", "STIGMER_LLM_MAX_TOKENS"]),
    ({"STIGMER_LLM_BASE_URL": "not a url"}, ["not a url", "STIGMER_LLM_BASE_URL"]),
    ({"STIGMER_LLM_MODEL": "anthropic:"}, ["anthropic:", "STIGMER_LLM_MODEL"]),
    ({"STIGMER_LLM_PROVIDER": "ollama", "STIGMER_LLM_MODEL": "anthropic:x"}, ["anthropic", "STIGMER_LLM_PROVIDER"]),
    ({"MODE": "moon"}, ["moon", "MODE"]),
    ({"MODE": "cloud"}, ["ANTHROPIC_API_KEY"]),
])
def test_a_wrong_configuration_ends_the_start_with_one_line_and_78(settings, words):
    ended = command("serve", "--listen", "127.0.0.1:0", **settings)
    assert ended.returncode == 78, ended.stderr
    [line] = ended.stderr.strip().splitlines()
    for word in words:
        assert word in line


def test_a_page_of_an_allowed_origin_sees_the_answer(start_runner, ollama):
    runner = start_runner("--allow-origin", "https://app.example", OLLAMA_HOST=ollama.address, STIGMER_LLM_MODEL=MODEL)
    page = {"Origin": "https://app.example"}
    asked = runner.http.options("/v1/execute", headers=page | {"Access-Control-Request-Method": "POST",
                                                               "Access-Control-Request-Headers": "content-type"})
    assert asked.status_code == 204 and asked.headers["access-control-allow-headers"] == "content-type"
    for answer in (runner.http.post("/v1/execute", json=request(), headers=page),
                   runner.http.get("/v1/executions/none", headers=page)):
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert "Execution-Id" in answer.headers["access-control-expose-headers"]
    refused = runner.http.post("/v1/execute", json=request(), headers={"Origin": "https://evil.example"})
    assert refused.status_code == 403 and refused.json()["code"] == "permission_denied"
    assert "access-control-allow-origin" not in refused.headers


def test_an_address_that_others_reach_is_refused_unless_somebody_insists(start_runner, ollama):
    ended = command("serve", "--listen", "0.0.0.0:0")
    assert ended.returncode == 78
    [line] = ended.stderr.strip().splitlines()
    assert "0.0.0.0:0" in line and "--insecure" in line
    runner = start_runner("--listen", "0.0.0.0:0", OLLAMA_HOST=ollama.address, STIGMER_INSECURE="true")
    assert runner.http.get("/v1/config").status_code == 200


def test_a_key_is_shown_nowhere(start_runner, ollama):
    key = "sk-ant-secret-0123456789abcdef"
    runner = start_runner(OLLAMA_HOST=ollama.address, STIGMER_LLM_MODEL=MODEL, ANTHROPIC_API_KEY=key)
    shown = runner.http.post("/v1/execute", json=request()).text
    shown += runner.http.get("/v1/config", params={"model": "anthropic:claude-opus-4"}).text
    assert runner.stop() == 0
    assert key[:-4] not in shown + runner.log()
    assert ollama.call().headers.get("authorization") is None, "Anthropic's key went to Ollama"


def test_the_command_and_the_server_show_the_same_configuration(runner, ollama):
    shown = command("config", "--json", OLLAMA_HOST=ollama.address, STIGMER_LLM_MODEL=MODEL)
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout) == runner.http.get("/v1/config").json()


def test_run_streams_an_answer_without_a_server(ollama):
    settings = {"OLLAMA_HOST": ollama.address, "STIGMER_LLM_MODEL": MODEL}
    ran = command("run", "Say hello", **settings)
    assert (ran.returncode, ran.stdout.strip()) == (0, "Hello, world."), ran.stderr
    piped = command("run", "--json", stdin="Say hello", **settings)
    assert piped.returncode == 0, piped.stderr
    events = [json.loads(line) for line in piped.stdout.splitlines()]
    assert kind(events[0]) == "started" and kind(events[-1]) == "finished"
    assert ollama.call(1).body["messages"][-1]["content"].strip() == "Say hello"


def test_an_answer_that_cannot_be_written_is_said(ollama):
    settings = {"OLLAMA_HOST": ollama.address, "STIGMER_LLM_MODEL": MODEL}
    with open("/dev/full", "wb") as full:
        ran = subprocess.run([PROGRAM, "run", "Say hello"], env=environment(**settings), stdin=subprocess.DEVNULL,
                             stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert ran.returncode == 1
    assert "standard output" in ran.stderr and "No space left" in ran.stderr


def test_a_provider_that_cannot_be_used_is_a_problem_and_no_secret(start_runner, ollama):
    runner = start_runner(OLLAMA_HOST=ollama.address, STIGMER_LLM_MODEL=MODEL, OPENAI_BASE_URL="nonsense")
    listed = runner.http.get("/v1/models").json()
    [problem] = listed["problems"]
    assert problem["provider"] == "openai" and "OPENAI_BASE_URL" in problem["message"]
    assert listed["models"]


def test_doctor_says_what_is_wrong_and_exits_so(ollama):
    well = command("doctor", OLLAMA_HOST=ollama.address, STIGMER_LLM_MODEL=MODEL)
    assert well.returncode == 0, well.stdout + well.stderr
    ill = command("doctor", OLLAMA_HOST="127.0.0.1:1")
    assert ill.returncode != 0 and "ollama serve" in ill.stdout + ill.stderr
