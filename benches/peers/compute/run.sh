#!/bin/sh
# run.sh PEER NAME N [WORKERS]: one compute loop. PEER: luajit, luajit-off (its interpreter alone), lua5.4, python3, node,
# rhai, rhai-fast (only_i64, unchecked), rhai-nofloat, wasmi. The last four are built once, with cargo, outside of the
# workspace.
set -e
here=$(cd "$(dirname "$0")" && pwd)
out=$here/../../../target/peers/compute
peer=$1; shift
build() { # folder, feature flags
	b=$out/$1/release/interp
	if [ ! -x "$b" ] || [ -n "$(find "$here/interp" -type f -newer "$b")" ]; then
		(cd "$here/interp" && cargo build -q --release --locked --target-dir "$out/$1" $2 && touch "$b") >&2
	fi
}
case $peer in
luajit) exec luajit "$here/bench.lua" "$@" ;;
luajit-off) exec luajit -joff "$here/bench.lua" "$@" ;;
lua5.4) exec lua5.4 "$here/bench.lua" "$@" ;;
python3) exec python3 "$here/bench.py" "$@" ;;
node) exec node "$here/bench.js" "$@" ;;
rhai | wasmi) build plain; exec "$out/plain/release/interp" $peer "$@" ;;
rhai-fast) build fast "--features fast"; exec "$out/fast/release/interp" rhai "$@" ;;
rhai-nofloat) build nofloat "--features nofloat"; exec "$out/nofloat/release/interp" rhai "$@" ;;
*) echo "unknown peer $peer" >&2; exit 2 ;;
esac
