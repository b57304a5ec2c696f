"""Fifty thousand rows take no more memory than five thousand: nothing of a file is kept once it is registered."""

from __future__ import annotations

import subprocess
import sys

from tests.integration.emulated import ROOT
from tests.integration.long_extract import ROW_BYTES

FEW, MANY = 5_000, 50_000
BOUND_MIB = 8
"""To know again which references came before in the file takes some 100 bytes each. The file itself has more."""


def test_fifty_thousand_rows_take_no_more_memory_than_five_thousand() -> None:
    """In a process of its own, whose highest mark is nobody else's."""
    assert BOUND_MIB < ROW_BYTES * (MANY - FEW) / 2**20
    command = [sys.executable, "-m", "tests.integration.long_extract", str(FEW), str(MANY)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    few, many = map(float, done.stdout.split())
    assert many <= few + BOUND_MIB
