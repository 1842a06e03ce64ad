#!/usr/bin/env bash
# Checks the systemd unit where systemd-analyze is present.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

if ! command -v systemd-analyze >/dev/null; then
    echo "unit: not checked, systemd-analyze is not installed here"
    exit 0
fi

# The unit names the installed program, which need not exist here: check a copy that names one that does.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sed 's|/usr/local/bin/agent-runner|/bin/true|' "$here/systemd/agent-runner.service" >"$work/agent-runner.service"
said=$(systemd-analyze verify --man=no "$work/agent-runner.service" 2>&1) || { echo "$said"; exit 1; }
# verify passes unknown settings with a mere warning; here a warning about our unit is a failure.
if grep -F agent-runner.service <<<"$said"; then
    exit 1
fi
echo "unit: agent-runner.service is right"
