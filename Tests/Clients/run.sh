#!/usr/bin/env bash
# Runs the client tests in their own virtual environment against the built program and the small real model.
# Usage: run.sh [pytest's arguments]      PROGRAM is the built agent-runner.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
venv=$root/.venv-clients
export PROGRAM=${PROGRAM:-$root/.build/debug/agent-runner}

if [ ! -x "$PROGRAM" ]; then
    echo "client tests: $PROGRAM is not built; run: make build" >&2
    exit 1
fi
if [ -z "${AGENT_RUNNER_LOCAL_MODEL:-}" ]; then
    exec "$root/Deploy/local-model/with-model.sh" "$here/run.sh" "$@"
fi

"$here/venv.sh"

# Stigmer's stubs, made anew each time: it takes a second, and an old one would test an old wire.
stubs=$venv/stubs
rm -rf "$stubs"
mkdir "$stubs"
(
    cd "$root/Protos"
    find . -name '*.proto' | sed 's|^\./||' | PATH=$venv/bin:$PATH xargs "$venv/bin/python" -m grpc_tools.protoc \
        --proto_path=. --python_out="$stubs" --connectrpc_out="$stubs" --connectrpc_opt=protobuf=google
)

# What is tested is on this machine: no proxy between.
unset http_proxy HTTP_PROXY all_proxy ALL_PROXY
cd "$here"
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$stubs "$venv/bin/python" -m pytest "$@"
