#!/bin/bash
# Instructions a request and a chunk, in user space, counted by callgrind: figures that do not drift with the machine.
# --profile instead writes where they go, function by function, to .build-bench/profile-*.txt.
set -euo pipefail
cd "$(dirname "$0")/../.."
for tool in valgrind nginx; do
    command -v $tool >/dev/null || { apt-get update -qq && apt-get install -y -qq valgrind nginx-light >/dev/null; }
done
mkdir -p .build-bench
exec python3 Tests/Benchmarks/harness/instructions.py "$@"
