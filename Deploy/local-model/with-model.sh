#!/usr/bin/env bash
# Runs a command with the small local model beside it, whose address is in AGENT_RUNNER_LOCAL_MODEL.
# The model ends with the command; the exit code is the command's. A model that is already named there is used as it is.
# Usage: with-model.sh COMMAND [ARGUMENT ...]
set -euo pipefail

if [ -n "${AGENT_RUNNER_LOCAL_MODEL:-}" ]; then exec "$@"; fi

here=$(cd "$(dirname "$0")" && pwd)
"$here/setup.sh"

work=$(mktemp -d)
model='' command=''
# shellcheck disable=SC2317  # called by the trap
clean_up() {
    trap '' INT TERM HUP
    for process in $command $model; do
        { kill "$process" && wait "$process"; } 2>/dev/null || true
    done
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

"$here/serve.py" --port 0 --port-file "$work/port" >"$work/log" 2>&1 &
model=$!
until [ -s "$work/port" ]; do
    if ! kill -0 "$model" 2>/dev/null; then
        cat "$work/log" >&2
        echo "local model: it did not start" >&2
        exit 1
    fi
    sleep 0.05
done
AGENT_RUNNER_LOCAL_MODEL=http://127.0.0.1:$(<"$work/port")
export AGENT_RUNNER_LOCAL_MODEL
echo "local model: smollm2 is ready on $AGENT_RUNNER_LOCAL_MODEL" >&2

# In the background, so that a signal to this script is not kept waiting for the command's end.
"$@" <&0 &
command=$!
status=0
wait "$command" || status=$?
command=''
exit "$status"
