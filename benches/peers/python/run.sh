#!/bin/sh
# run.sh PEER NAME N [K]: one benchmark. PEER: greenlets or parallel (PyCSP, and greenlets wants the greenlet package too:
# `pip install pycsp greenlet` in the virtual environment target/peers/venv), or asyncio. There is one processor's worth
# of Python at a time, so no number of threads.
here=$(cd "$(dirname "$0")" && pwd)
python=$here/../../../target/peers/venv/bin/python
[ -x "$python" ] || python=python3
PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE
PYCSP_HOST=127.0.0.1; export PYCSP_HOST # else "parallel" fails under Python 3
exec "$python" "$here/bench.py" "$@"
