from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from infra.local import deploy
from infra.local import template as templates

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def resources() -> dict[str, dict[str, Any]]:
    """Every resource of the template and of the stacks it holds."""
    return templates.resources(templates.SOURCE)


@pytest.fixture(scope="session")
def built() -> Path:
    """What `sam build` makes; made now if it is not there yet."""
    return deploy.build(say=lambda _: None)
