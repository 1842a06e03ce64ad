#!/usr/bin/env bash
# Installs what building, running and testing need on a bare Debian 12 with Swift. Does nothing when all is there.
set -euo pipefail

libraries=(libcurl4-openssl-dev libssl-dev libsqlite3-dev zlib1g-dev)
packages=(
    "${libraries[@]}"
    git pkg-config make openssl python3 python3-venv curl ca-certificates
    # The walls around the commands that agents run.
    bubblewrap
    # What the Swift toolchain itself leans on.
    binutils g++ libncurses6 libxml2 tzdata
)

die() { echo "setup: $*" >&2; exit 1; }

command -v swift >/dev/null || die "swift is not on the PATH; install Swift 6.3 first (swift.org/install)"

if ! command -v dpkg-query >/dev/null; then
    # Not Debian: name what is needed, and go on if it seems to be there.
    for tool in git make openssl python3 curl; do
        command -v "$tool" >/dev/null || die "$tool is missing; install it with this system's package manager"
    done
    python3 -c 'import venv, ensurepip' 2>/dev/null || die "python3 lacks its venv module; install it"
    if [ "$(uname)" != Darwin ] && ! pkg-config --exists libcurl openssl sqlite3 zlib; then
        die "the development files of libcurl, OpenSSL, SQLite or zlib are missing (Debian calls them ${libraries[*]})"
    fi
    exit 0
fi

missing=()
installed=$(dpkg-query --show --showformat='${Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null || true)
for package in "${packages[@]}"; do
    grep -qx "$package installed" <<<"$installed" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "please run as root: apt-get install ${missing[*]}"
    as_root=(sudo)
fi
apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq --yes -o Dpkg::Use-Pty=0 "$@" >/dev/null ||
        die "apt-get $1 failed (see above); these packages are needed: ${missing[*]}"
}

echo "setup: installing ${missing[*]}" >&2
# Quiet unless it fails; about 20 s on a bare machine.
apt update
apt install --no-install-recommends "${missing[@]}"
