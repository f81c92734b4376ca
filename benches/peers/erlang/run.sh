#!/bin/sh
# run.sh THREADS NAME N [K]: compiles once, then runs one benchmark. Wants Erlang/OTP (`erl`, `erlc`) on PATH.
set -e
here=$(cd "$(dirname "$0")" && pwd)
out=$here/../../../target/peers/erlang
mkdir -p "$out"
if [ ! -f "$out/bench.beam" ] || [ "$here/bench.erl" -nt "$out/bench.beam" ]; then
	erlc -o "$out" "$here/bench.erl" >&2
fi
threads=$1; shift
exec erl +S $threads:$threads +P 4000000 $ERLOPTS -noshell -noinput -pa "$out" -run bench main "$@"
