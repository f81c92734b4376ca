#!/bin/sh
# run.sh THREADS NAME N [K]: compiles NAME.occ for that N and K and runs it. Wants `kroc` (KRoC 1.6, the occam-pi compiler)
# on PATH, with its library folder in LD_LIBRARY_PATH. occam programs take no
# arguments, so N and K are put in place of ##N and ##K before compiling.
# KROC_OPTS gives further options, for instance "-io -is" to inline the
# kernel's channel operations.
set -e
here=$(cd "$(dirname "$0")" && pwd)
threads=$1; name=$2; n=${3:-0}; k=${4:-0}
out=$here/../../../target/peers/occam/$name-$n-$k$(echo "$KROC_OPTS" | tr -d ' ')
if [ ! -x "$out"/prog ] || [ "$here/$name.occ" -nt "$out"/prog ]; then
	mkdir -p "$out"
	cp "$here/report.inc" "$out"/
	sed "s/##N/$n/g; s/##K/$k/g" "$here/$name.occ" >"$out"/prog.occ
	(cd "$out" && kroc -nw $KROC_OPTS --cc-opts -no-pie prog.occ -lcourse -o prog) >"$out"/log 2>&1 ||
		{ cat "$out"/log >&2; exit 1; }
fi
CCSP_RUNTIME_THREADS=$threads exec "$out"/prog </dev/null
