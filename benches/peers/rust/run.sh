#!/bin/sh
# run.sh THREADS PEER NAME N [K]: builds, then runs one benchmark. PEER: may, tokio (THREADS 0: current-thread runtime),
# xbeam, plain. The processes of xbeam and plain are OS threads: THREADS 1 pins them all to one processor.
# Wants cargo. The package is outside of the workspace, so that nothing else builds it.
set -e
here=$(cd "$(dirname "$0")" && pwd)
out=$here/../../../target/peers/rust
bin=$out/release/peers
if [ ! -x "$bin" ] || [ -n "$(find "$here/src" "$here/Cargo.toml" "$here/Cargo.lock" -newer "$bin")" ]; then
	(cd "$here" && cargo build -q --release --locked --target-dir "$out" && touch "$bin") >&2
fi
THREADS=$1; export THREADS; shift
case "$THREADS $1" in
"1 xbeam" | "1 plain") exec taskset -c 0 "$bin" "$@" ;;
esac
exec "$bin" "$@"
