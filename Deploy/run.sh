#!/usr/bin/env bash
# Finds a model, starts the service on it, and either shows one execution's answer (run) or keeps serving (serve).
# Usage: run.sh run|serve      MESSAGE is what `run` asks; PROGRAM is the built agent-runner.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
what=${1:?usage: run.sh run|serve}
program=${PROGRAM:-$here/../.build/debug/agent-runner}
message=${MESSAGE:-Tell me in two sentences what a river is.}
listen=${STIGMER_LISTEN:-127.0.0.1:7235}

# The service asked below is on this machine: no proxy between.
export no_proxy="127.0.0.1,localhost${no_proxy:+,$no_proxy}"

say() { echo "$*" >&2; }

# Reads one value of the JSON on stdin: json settings provider value
json() {
    python3 -c '
import functools, json, sys
print(functools.reduce(lambda value, key: (value or {}).get(key), sys.argv[1:], json.load(sys.stdin)) or "")' "$@"
}

# Sets PROVIDER and ADDRESS from the runner's own cascade, so that there is one opinion on what is configured.
ask_configuration() {
    local config
    if ! config=$("$program" config --json); then
        say "The configuration is refused: $(json message <<<"$config" 2>/dev/null || echo "$config")"
        exit 78
    fi
    PROVIDER=$(json settings provider value <<<"$config")
    ADDRESS=$(json settings base_url value <<<"$config")
}

use_local_model() {
    # Keys that belong elsewhere stay out of the request to the local model.
    unset STIGMER_LLM_API_KEY OPENAI_API_KEY
    export STIGMER_LLM_PROVIDER=openai STIGMER_LLM_MODEL=smollm2
    export STIGMER_LLM_BASE_URL=$AGENT_RUNNER_LOCAL_MODEL/v1
    export STIGMER_LLM_MAX_TOKENS=${STIGMER_LLM_MAX_TOKENS:-512}
}

find_model() {
    if [ -n "${AGENT_RUNNER_LOCAL_MODEL:-}" ]; then
        use_local_model
        return
    fi
    ask_configuration
    if [ "$PROVIDER" != ollama ]; then
        say "Using $PROVIDER at $ADDRESS, as configured."
    elif curl --silent --fail --max-time 3 --output /dev/null "${ADDRESS%/}/api/version"; then
        say "Using Ollama at $ADDRESS."
    else
        say "No Ollama answers at $ADDRESS, so the small local model SmolLM2-135M answers instead."
        exec "$here/local-model/with-model.sh" "$0" "$what"
    fi
}

serve() {
    say "Once it listens, try from another terminal:"
    say "  curl -N http://$listen/v1/execute -d '{\"spec\":{\"message\":\"Say hello\"}}'"
    exec "$program" serve --listen "$listen"
}

work='' runner='' client=''
# shellcheck disable=SC2317  # called by the trap
clean_up() {
    trap '' INT TERM HUP
    for process in $client $runner; do
        { kill "$process" && wait "$process"; } 2>/dev/null || true
    done
    rm -rf "$work"
}

run_once() {
    work=$(mktemp -d)
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP

    "$program" serve --listen 127.0.0.1:0 --port-file "$work/port" >"$work/log" 2>&1 &
    runner=$!
    until [ -s "$work/port" ] && curl --silent --fail --output /dev/null "http://127.0.0.1:$(<"$work/port")/readyz"; do
        if ! kill -0 "$runner" 2>/dev/null; then
            cat "$work/log" >&2
            say "agent-runner did not start."
            wait "$runner" || exit $?
            exit 1
        fi
        sleep 0.05
    done

    say "Asking: $message"
    MESSAGE=$message python3 -c 'import json, os; print(json.dumps({"spec": {"message": os.environ["MESSAGE"]}}))' |
        curl --silent --show-error --no-buffer --fail-with-body --data-binary @- \
            --header 'Content-Type: application/json' --header 'Accept: application/x-ndjson' \
            "http://127.0.0.1:$(<"$work/port")/v1/execute" 2>"$work/curl" |
        python3 "$here/show.py" &
    client=$!
    status=0
    wait "$client" || status=$?
    client=''
    cat "$work/curl" >&2
    exit "$status"
}

find_model
case $what in
run) run_once ;;
serve) serve ;;
*) say "usage: run.sh run|serve"; exit 64 ;;
esac
