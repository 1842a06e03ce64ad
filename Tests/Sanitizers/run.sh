#!/usr/bin/env bash
# Builds the Swift suites under the address and the thread sanitizer and runs them. ONLY=address or ONLY=thread.
#
# The suites run one after the other: so slowed down they would run into their limits of time beside each other.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

for name in $(compgen -e | grep -E '^(STIGMER_|OLLAMA_|ANTHROPIC_|OPENAI_|MODE$)'); do unset "$name"; done

# Leaks are not looked for: Swift keeps a weakly held object's count behind a shifted pointer, which the leak sanitizer
# does not know, and the simulation leaves its killed runners lying in the middle of their tasks.
export ASAN_OPTIONS=detect_leaks=0:${ASAN_OPTIONS:-}
# Swift's own report of a crash would crash under the address sanitizer, and hide the sanitizer's.
export SWIFT_BACKTRACE=enable=no

status=0
run() { # sanitizer, what is preloaded, suites
    local options=(--skip-build --disable-xctest --sanitize="$1" --scratch-path ".build-$1" --no-parallel)
    LD_PRELOAD=$2 swift test "${options[@]}" "${@:3}" || status=1
}

for sanitizer in address thread; do
    if [ -n "${ONLY:-}" ] && [ "$ONLY" != "$sanitizer" ]; then continue; fi
    swift build --build-tests --sanitize="$sanitizer" --scratch-path ".build-$sanitizer" || exit 1
    preloaded=
    if [ "$sanitizer" = thread ]; then
        preloaded=$PWD/.build-thread/mutex.so
        # Swift's own compiler, since Mutex is called as Swift calls.
        "$(dirname "$(readlink -f "$(command -v swift)")")/clang" -shared -fPIC -O2 \
            -o "$preloaded" Tests/Sanitizers/mutex.c || exit 1
    fi
    # What the whole runner needs in memory and descriptors is measured there, which a sanitizer multiplies.
    run "$sanitizer" "$preloaded" --skip '^RunnerTests'
    run "$sanitizer" "$preloaded" --filter '^RunnerTests' --skip AbuseTests
done
exit $status
