#!/usr/bin/env bash
# Fuzzes each target for SECONDS seconds (60) and prints a line about it. ONLY=json,lines chooses targets.
#
# What a run learns stays in .build-fuzz/corpora for the next one. A finding is kept in .build-fuzz/findings.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

seconds=${SECONDS_EACH:-60}
build=.build-fuzz
fuzzer=$build/release/fuzz
# Swift's own report of a crash would crash under the address sanitizer, and hide what was found.
export SWIFT_BACKTRACE=enable=no

# Optimised, since a fuzzer lives by its speed, but with the assertions of a debug build, and with @testable.
#
# Of several -sanitize options Swift heeds the last: both sanitizers must stand in one, or nothing is counted.
AGENT_RUNNER_FUZZ=1 swift build -c release --product fuzz --scratch-path "$build" --sanitize=fuzzer --sanitize=address \
    -Xswiftc -sanitize=fuzzer,address -Xswiftc -enable-testing -Xswiftc -assert-config -Xswiftc Debug || exit 1

# With a file: runs it once and shows what is wrong.
if [ -n "${REPLAY:-}" ]; then
    FUZZ_TARGET=${TARGET:?names the target} exec "$fuzzer" "$REPLAY"
fi

mkdir -p "$build/findings"
status=0
printf '%-20s %12s %10s %10s  %s\n' target runs runs/s coverage findings
for corpus in Tests/Fuzz/Corpora/*/; do
    target=$(basename "$corpus")
    if [ -n "${ONLY:-}" ] && [[ ",$ONLY," != *",$target,"* ]]; then continue; fi
    mkdir -p "$build/corpora/$target"
    options=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1)
    # Long enough that reading in quadratic time shows: a second is long for 64 KB.
    options+=(-max_len=65536 -report_slow_units=1)
    options+=(-artifact_prefix="$build/findings/$target-")
    if [ -f "Tests/Fuzz/Dictionaries/$target.dict" ]; then
        options+=(-dict="Tests/Fuzz/Dictionaries/$target.dict")
    fi
    log=$build/findings/$target.log
    FUZZ_TARGET=$target "$fuzzer" "${options[@]}" "$build/corpora/$target" "$corpus" > "$log" 2>&1
    code=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
    coverage=$(grep -o 'cov: [0-9]*' "$log" | tail -1 | cut -d' ' -f2)
    found=none
    if [ "${coverage:-0}" -le 1 ]; then
        status=1
        found="nothing was counted, so nothing was searched for"
    fi
    if [ $code -ne 0 ]; then
        status=1
        found=$(sed -n 's/.*Test unit written to //p' "$log" | tail -1)
        found=${found:-"exit code $code, see $log"}
    fi
    printf '%-20s %12s %10s %10s  %s\n' "$target" "${runs:-?}" "${rate:-?}" "${coverage:-?}" "$found"
    if [ $code -ne 0 ]; then
        grep -m 5 -aE 'FINDING|Fatal error|ERROR: |ALARM|SUMMARY' "$log" | cut -c1-300 | sed 's/^/    /'
        echo "    again: make fuzz TARGET=$target REPLAY=$found"
    fi
done
exit $status
