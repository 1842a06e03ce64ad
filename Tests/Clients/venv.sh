#!/usr/bin/env bash
# Sets up the virtual environment of the clients and MCP servers that tests run, unless it is as the list wants it.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
venv=$here/../../.venv-clients

# The stamp is the list itself, written last, so that an unfinished install is done again.
if ! cmp -s "$here/requirements.txt" "$venv/installed.txt"; then
    echo "tests: setting up .venv-clients" >&2
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
        --requirement "$here/requirements.txt"
    cp "$here/requirements.txt" "$venv/installed.txt"
fi
