#!/usr/bin/env bash
# Runs every test of what is built, beside the small real model; all suites run even if one fails, and each counts.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

if [ -z "${AGENT_RUNNER_LOCAL_MODEL:-}" ]; then
    exec Deploy/local-model/with-model.sh Tests/run.sh
fi

# What people have configured for themselves must not decide how tests end.
for name in $(compgen -e | grep -E '^(STIGMER_|OLLAMA_|ANTHROPIC_|OPENAI_|MODE$)'); do unset "$name"; done

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0

Deploy/check-unit.sh || status=1
# Before the Swift suites: the servers that MCPTests talks to are in it.
Tests/Clients/venv.sh || status=1
# Some suites keep both cores busy, and some count the processes and descriptors of the whole program: beside them others
# would run into their clocks.
alone='MCPTests|ToolsTests|FuzzTests|ExecutionStoreTests|SimulationTests'
swift test --skip-build --disable-xctest --skip "^RunnerTests|$alone" 2>&1 | tee "$log" || status=1
swift test --skip-build --disable-xctest --no-parallel --filter "$alone" 2>&1 | tee -a "$log" || status=1
swift test --skip-build --disable-xctest --filter '^RunnerTests' 2>&1 | tee -a "$log" || status=1
Tests/Clients/run.sh || status=1
PYTHONDONTWRITEBYTECODE=1 Tests/Torture/torture.py --rounds 5 2>&1 | tee -a "$log" || status=1

# The summaries of swift test again, beside that of pytest.
grep -E "Test run with|torture: .* lost" "$log"
exit "$status"
