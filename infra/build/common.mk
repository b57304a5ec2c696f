# Shared by the Makefiles that `sam build` runs, one target a resource: see package.py.
# The paths come from this file's own place, because SAM may run it in a copy of the folder.
ROOT := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/../..)
# .venv is what `make setup` made; elsewhere any Python 3.13 will do.
PYTHON := $(firstword $(wildcard $(ROOT)/.venv/bin/python) python3.13)
# A fixed hash seed and nothing from the person's environment: the same sources give the same bytes. Tracebacks name the
# line, not the column, which would take a fifth of the bytecode.
PACKAGE := PYTHONHASHSEED=0 PYTHONOPTIMIZE= PYTHONPATH=$(ROOT) $(PYTHON) -s -X no_debug_ranges -m infra.build.package
