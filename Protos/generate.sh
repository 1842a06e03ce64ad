#!/bin/sh
# Writes Sources/StigmerProtos/Generated/ anew from the .proto files beside this script.
set -eu

protos=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$protos")
output="$root/Sources/StigmerProtos/Generated"
scratch="$root/.build-protoc"
checkout="$root/.build/checkouts/swift-protobuf"

if ! command -v protoc >/dev/null 2>&1; then
    echo "generate.sh: protoc is not installed; it is apt-get install protobuf-compiler on Debian," \
        "brew install protobuf on macOS" >&2
    exit 69
fi

[ -d "$checkout" ] || swift package --package-path "$root" resolve

# The plugin is of the same version as the library it writes for: SwiftPM's checkout of it. When that is what it was,
# this is a matter of a second.
swift build --package-path "$checkout" --scratch-path "$scratch" --product protoc-gen-swift >&2
plugin="$(swift build --package-path "$checkout" --scratch-path "$scratch" --show-bin-path)/protoc-gen-swift"

# Written aside and moved into place, so that a failure leaves the old files and a removed .proto leaves nothing behind.
fresh=$(mktemp -d "$root/.build-protoc/generated.XXXXXX")
trap 'rm -rf "$fresh"' EXIT
find "$protos" -name '*.proto' | LC_ALL=C sort | sed "s|^$protos/||" | xargs protoc \
    --proto_path="$protos" \
    --plugin=protoc-gen-swift="$plugin" \
    --swift_opt=Visibility=Public \
    --swift_opt=FileNaming=PathToUnderscores \
    --swift_out="$fresh"
# A file of services alone declares nothing in Swift: an empty file would only ask to be read.
for file in "$fresh"/*.swift; do
    grep -q '^public ' "$file" || rm "$file"
done

mkdir -p "$output"
rm -f "$output"/*.pb.swift
mv "$fresh"/*.swift "$output/"
