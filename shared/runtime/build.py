"""Which version of which source this runs: for the certificate."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from shared import __version__
from shared.domain.certificate import Tool

_BUILT = Path(__file__).parents[1] / "built.json"
"""Written into what is deployed, by infra/build/package.py; not there where the source itself runs."""


def tool(built: Path = _BUILT) -> Tool:
    """The version, and the commit that it was built from."""
    commit = "unknown"
    with suppress(FileNotFoundError):
        commit = json.loads(built.read_text(encoding="utf-8"))["commit"]
    return Tool(version=__version__, commit=commit)
