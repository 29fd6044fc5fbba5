#!/bin/sh
# Resolve the project's ranges anew and pin what was found: one set (runtime and dev)
# for each interpreter given. Each is installed in an empty environment, checked, and
# imported before its file is replaced. With KEEP=1 what is pinned stays as it is, and only
# what is new is resolved. Called by `make lock`.
set -eu
cd "$(dirname "$0")/.."

for python in "$@"; do
    minor=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])') || {
        echo "lock: $python does not start; name the interpreters: make lock LOCK_PYTHONS='…'" >&2
        exit 1
    }
    file="requirements/py$(echo "$minor" | tr -d .).txt"
    room=$(mktemp -d)
    trap 'rm -rf "$room"' EXIT
    echo "==> Python $minor: resolving"
    "$python" -m venv "$room/venv"
    bin="$room/venv/bin"
    "$bin/python" -m pip install -qq --upgrade pip
    kept=/dev/null
    [ -z "${KEEP:-}" ] || kept=$file
    "$bin/python" -m pip install -qq --constraint "$kept" --editable '.[dev]'
    "$bin/python" -m pip check >/dev/null
    "$bin/python" -c 'import charset_normalizer, click, cmaes, filelock, jinja2, jupytext, matplotlib, mesa, mkdocs, mkdocstrings, nashpy, nbconvert, numba, numpy, optuna, pandas, pandera, platformdirs, psutil, pyarrow, pydantic, python_calamine, rich, SALib, scipy, starlette, tomli_w, uvicorn, xarray, xlsxwriter'
    {
        echo "# The tested set, runtime and dev, for Python $minor. Made by \`make lock\`; not edited by hand."
        "$bin/python" -m pip freeze --exclude-editable
    } >"$room/pins"
    if grep -n ' @ ' "$room/pins" >&2; then
        echo "lock: a pin above names a place, not a version; $file is unchanged" >&2
        exit 1
    fi
    cat "$room/pins" >"$file"
    echo "    $file: $(grep -c == "$file") pins"
    rm -rf "$room"
done
