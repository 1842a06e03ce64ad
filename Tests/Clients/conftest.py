"""What the tests stand on: a runner on a scripted Ollama, and runners on the small real model."""

from __future__ import annotations

import os
import ssl

import pytest

from runner import Runner
from scripted_ollama import MODEL, ScriptedOllama


@pytest.fixture(scope="session")
def ollama_server():
    server = ScriptedOllama()
    yield server
    server.stop()


@pytest.fixture
def ollama(ollama_server):
    """The scripted Ollama with a clean slate."""
    ollama_server.forget()
    return ollama_server


@pytest.fixture(scope="session")
def shared_runner(ollama_server):
    runner = Runner(OLLAMA_HOST=ollama_server.address, STIGMER_LLM_MODEL=MODEL)
    yield runner
    assert runner.stop() == 0, runner.log()


@pytest.fixture
def runner(shared_runner, ollama):
    """A runner on the scripted Ollama. Whatever a test does to it, it must go on."""
    yield shared_runner
    assert shared_runner.process.poll() is None, f"the runner died:\n{shared_runner.log()}"
    assert shared_runner.http.get("/livez").status_code == 200


@pytest.fixture
def start_runner():
    """Starts runners of a test's own, which end with it."""
    started: list[Runner] = []

    def start(*arguments: str, tls: ssl.SSLContext | None = None, **settings: str) -> Runner:
        started.append(Runner(*arguments, tls=tls, **settings))
        return started[-1]

    yield start
    for runner in started:
        if runner.process.poll() is None:
            runner.stop()


@pytest.fixture(scope="session")
def local_model() -> str:
    """The small real model's address."""
    address = os.environ.get("AGENT_RUNNER_LOCAL_MODEL")
    assert address, "AGENT_RUNNER_LOCAL_MODEL is not set; run these tests by Tests/Clients/run.sh"
    return address


@pytest.fixture(scope="session", params=["openai", "anthropic"])
def real_runner(request, local_model):
    """A runner on the small real model, once through OpenAI's API and once through Anthropic's."""
    base_url = f"{local_model}/v1" if request.param == "openai" else local_model
    runner = Runner(STIGMER_LLM_PROVIDER=request.param, STIGMER_LLM_BASE_URL=base_url, STIGMER_LLM_MODEL="smollm2")
    runner.provider = request.param
    yield runner
    assert runner.stop() == 0, runner.log()
