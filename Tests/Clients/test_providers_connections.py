"""How many connections a provider sees, and what becomes of one's neighbours."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess

import httpx
import pytest

from certificates import Certificates
from events import NDJSON, request, text_of
from http2_openai import HTTP2OpenAI
from scripted_ollama import MODEL


# Between 7.88 and 8.14 libcurl keeps the reset of a stream back: https://github.com/curl/curl/issues/17611.
_version = tuple(map(int, re.findall(r"libcurl/(\d+)\.(\d+)", subprocess.check_output(["curl", "--version"], text=True))[0]))
RESETS_AT_ONCE = not (7, 88) <= _version < (8, 15)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def openai(certificates):
    server = HTTP2OpenAI(certificates.file("good"), certificates.key("good"))
    yield server
    server.stop()


def test_many_streams_share_a_connection_and_one_who_leaves_disturbs_nobody(start_runner, openai, certificates):
    callers, leaver = 150, 75
    runner = start_runner("--llm-ca-file", certificates.file("root"), STIGMER_LLM_PROVIDER="openai", OPENAI_API_KEY="k",
                          STIGMER_LLM_MODEL="m", STIGMER_LLM_HTTP2="true", OPENAI_BASE_URL=f"https://127.0.0.1:{openai.port}/v1")

    async def call(client: httpx.AsyncClient, number: int, has_begun: list[int]) -> list[dict]:
        events = []
        body = request(f"caller {number}")
        async with client.stream("POST", "/v1/execute", json=body, headers=NDJSON) as response:
            async for line in response.aiter_lines():
                events.append(json.loads(line))
                if "textDelta" in events[-1] and number not in has_begun:
                    has_begun.append(number)
                    if number == leaver:
                        while len(has_begun) < callers:
                            await asyncio.sleep(0.005)
                        return events
        return events

    async def all_call() -> list[list[dict]]:
        has_begun: list[int] = []
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=runner.address, timeout=60, limits=limits) as client:
            calls = [asyncio.create_task(call(client, number, has_begun)) for number in range(callers)]
            await calls[leaver]
            # The provider sees that one stream end, and nothing else, while all the others wait.
            while RESETS_AT_ONCE and not openai.reset:
                await asyncio.sleep(0.005)
            assert len(openai.open) == callers - RESETS_AT_ONCE
            openai.finish()
            return await asyncio.gather(*calls)

    answers = asyncio.run(asyncio.wait_for(all_call(), 60))
    assert openai.reset == [f"caller {leaver}"] * RESETS_AT_ONCE
    for number, events in enumerate(answers):
        if number != leaver:
            assert text_of(events) == f"caller {number}: one two"
            assert events[-1]["finished"]["phase"] == "EXECUTION_COMPLETED"
    assert openai.most_at_once == callers
    # Each of the runner's loops, one a core, has its own.
    assert openai.connections <= os.cpu_count()


def test_one_request_after_the_other_uses_the_connection_that_is_there(start_runner, ollama):
    runner = start_runner(OLLAMA_HOST=ollama.address, STIGMER_LLM_MODEL=MODEL)
    before = ollama.connections
    for _ in range(10):
        assert runner.http.post("/v1/execute", json=request(), headers=NDJSON).status_code == 200
    # Each of the runner's loops has its own, and one more may come from looking whether the server is there.
    assert ollama.connections - before <= os.cpu_count() + 1
