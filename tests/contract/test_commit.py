"""What is built says of which commit it is: the certificate of destruction repeats it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.build.commit import commit_of
from infra.build.package import package_function

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def git(folder: Path, *command: str) -> str:
    own = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.org", "-c", "commit.gpgsign=false")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    ran = subprocess.run(
        ["git", *own, *command],  # noqa: S607 - as commit.py finds it
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.strip()


def source(folder: Path) -> Path:
    """A tree with one function that asks what it was built of, in no clone."""
    handler = folder / "functions/status/handler.py"
    handler.parent.mkdir(parents=True)
    handler.write_text("from shared.runtime import build\n")
    for path in ("shared/__init__.py", "shared/runtime/__init__.py", "shared/runtime/build.py"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, folder / path)
    return folder


def clone(folder: Path) -> Path:
    git(source(folder), "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "first")
    return folder


def test_a_clone_is_of_its_commit(tmp_path: Path) -> None:
    assert commit_of(clone(tmp_path)) == git(tmp_path, "rev-parse", "HEAD")


def test_a_tag_does_not_stand_for_the_commit(tmp_path: Path) -> None:
    git(clone(tmp_path), "tag", "--annotate", "v1", "--message", "one")
    assert commit_of(tmp_path) == git(tmp_path, "rev-parse", "HEAD")


def test_a_clone_that_was_changed_says_so(tmp_path: Path) -> None:
    (clone(tmp_path) / "shared/__init__.py").write_text("# changed\n")
    assert commit_of(tmp_path) == git(tmp_path, "rev-parse", "HEAD") + "-dirty"


def test_what_is_no_clone_is_of_no_commit(tmp_path: Path) -> None:
    assert commit_of(source(tmp_path)) == "unknown"


def test_what_lies_in_another_clone_is_of_none_of_its_commits(tmp_path: Path) -> None:
    assert commit_of(source(clone(tmp_path) / "unpacked")) == "unknown"


def test_the_repository_of_a_hook_is_not_taken_for_this_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clone(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other/.git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "other"))
    assert commit_of(source(tmp_path / "here")) == "unknown"


def test_it_is_shipped_where_the_code_reads_it(tmp_path: Path) -> None:
    package_function("status", tmp_path / "zip", clone(tmp_path / "tree"))
    shipped = json.loads((tmp_path / "zip/shared/built.json").read_text())
    assert shipped == {"commit": git(tmp_path / "tree", "rev-parse", "HEAD")}
    assert re.fullmatch("[0-9a-f]{40}", shipped["commit"])
