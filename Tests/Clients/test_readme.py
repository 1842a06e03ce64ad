"""Every command of the README, run as it stands there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from runner import PROGRAM, Runner, environment

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
REFUSAL = re.findall(r"^```console\n\$ (.*?)\n(.*?)\n```$", README, re.MULTILINE | re.DOTALL)

# What runs this test, and what only sets the reader's shell up.
ELSEWHERE = ("make test", "export PATH=")


@pytest.fixture(scope="module")
def settings(local_model):
    return {"STIGMER_LLM_PROVIDER": "openai", "STIGMER_LLM_BASE_URL": local_model, "STIGMER_LLM_MODEL": "smollm2",
            "STIGMER_LLM_MAX_TOKENS": "40", "AGENT_RUNNER_LOCAL_MODEL": local_model}


@pytest.fixture(scope="module")
def served(settings):
    runner = Runner(**settings)
    yield runner
    assert runner.stop() == 0, runner.log()


def bash(script: str, settings: dict[str, str]) -> subprocess.CompletedProcess:
    variables = environment(**settings) | {"PATH": f"{Path(PROGRAM).parent}:{os.environ['PATH']}"}
    if script.startswith("make"):
        # SwiftPM builds everything anew for another HOME or PATH.
        variables |= {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/root")}
    return subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=ROOT, text=True, capture_output=True,
                          env=variables, stdin=subprocess.DEVNULL, timeout=600)


@pytest.mark.parametrize("block", [block for block in BLOCKS if not block.startswith(ELSEWHERE)])
def test_a_command_of_the_readme_works(block, served, settings):
    result = bash(block.replace("127.0.0.1:7235", f"127.0.0.1:{served.port}"), settings)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.strip()
    assert '"code":"' not in result.stdout, result.stdout
    if "/v1/execute" in block or "/events" in block:
        assert '"phase":"EXECUTION_COMPLETED"' in result.stdout, result.stdout


@pytest.mark.parametrize(("command", "answer"), REFUSAL)
def test_a_refusal_of_the_readme_is_word_for_word(command, answer):
    result = bash(command, {})
    assert result.returncode == 78
    assert result.stderr.strip() == answer


def test_the_readme_has_its_commands():
    assert any(block.startswith("make run") for block in BLOCKS)
    assert any(block.startswith("make test") for block in BLOCKS)
    assert len(BLOCKS) > 10 and REFUSAL
    assert shutil.which("curl")
