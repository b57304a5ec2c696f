"""Which commit a build is of."""

import os
import subprocess
from pathlib import Path


def commit_of(root: Path) -> str:
    """The commit of the source in this folder, with `-dirty` if it was changed since; `unknown` outside a clone, or without git."""
    # a hook's variables would name its own repository
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment["GIT_OPTIONAL_LOCKS"] = "0"
    git = ["git", "-C", str(root)]
    try:
        # of this folder itself: unpacked within another clone, it is none of that one's commits
        top = subprocess.run(
            [*git, "rev-parse", "--show-toplevel"], env=environment, capture_output=True, text=True, check=True
        )
        if Path(top.stdout.strip()).resolve() != root.resolve():
            return "unknown"
        described = subprocess.run(
            [*git, "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    except (FileNotFoundError, subprocess.CalledProcessError):
        return "unknown"
    return described.stdout.strip()
