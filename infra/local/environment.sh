#!/bin/sh
# Makes one of the project's tool environments, or leaves it alone when it is up to date.
#
#   environment.sh FOLDER NAME     e.g.  environment.sh .tools/sam sam
#
# FOLDER ends up holding exactly requirements/NAME.txt, hashes checked, on Python 3.13. What was installed
# is kept beside it (FOLDER/.installed), so that a second run costs one comparison. Whatever goes wrong,
# nothing half made is left behind.
set -eu

folder=$1
name=$2
wanted=requirements/$name.txt
log=$folder.log

if cmp -s "$wanted" "$folder/.installed"; then
    exit 0
fi

fail() {
    rm -rf "$folder"
    printf '\n%s\n' "$1" >&2
    if [ -s "$log" ]; then
        printf 'The last lines were:\n' >&2
        tail -n 8 "$log" | sed 's/^/    /' >&2
    fi
    rm -f "$log"
    rmdir .tools 2>/dev/null || true
    exit 1
}
trap 'fail "Interrupted; the half-made environment $folder has been removed."' HUP INT TERM

# The first Python 3.13 found: Lambda's runtime, and what the emulator runs functions on.
find_python() {
    for candidate in ${PYTHON:-} python3.13 python3 python; do
        found=$("$candidate" -c 'import sys; print(sys.executable if sys.version_info[:2] == (3, 13) else "")' 2>/dev/null) || continue
        if [ -n "$found" ]; then
            printf '%s\n' "$found"
            return 0
        fi
    done
    return 1
}

no_network="Could not download packages for $folder. Is there a network, and may it reach the Python package index?"

mkdir -p "$(dirname "$folder")"
: > "$log"

# The installer lives in the development environment; the others are made with it.
if [ ! -x .venv/bin/uv ]; then
    python=$(find_python) || fail "Python 3.13 was not found. Install it, or name it: make PYTHON=/path/to/python3.13"
    "$python" -m venv --clear .venv >>"$log" 2>&1 || fail "Python could not make a virtual environment (on Debian and Ubuntu: apt install python3.13-venv)."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
        -r requirements/bootstrap.txt >>"$log" 2>&1 || { rm -rf .venv; fail "$no_network"; }
fi
if [ "$folder" != .venv ]; then
    rm -rf "$folder"
    .venv/bin/uv venv --quiet --python .venv/bin/python "$folder" >>"$log" 2>&1 || fail "Could not make $folder."
fi
# Compiled at once, because a tool that starts in a second instead of three is worth the wait.
.venv/bin/uv pip sync --quiet --compile-bytecode --require-hashes --python "$folder/bin/python" "$wanted" >>"$log" 2>&1 || fail "$no_network"

cp "$wanted" "$folder/.installed"
rm -f "$log"
