"""Packages one function or the dependencies layer: what `sam build` runs, through the Makefiles beside this.

    python -m infra.build.package function lookup FOLDER     what functions/lookup/handler.py reaches, as bytecode
    python -m infra.build.package layer arm64 FOLDER         requirements/runtime.txt, trimmed

The same sources give the same bytes. Needs nothing but the standard library; the layer needs uv besides.
"""

import argparse
import json
import platform
import shutil
import sys
from pathlib import Path

from infra.build.bytecode import compile_module
from infra.build.commit import commit_of
from infra.build.layer import NotInstalled, package_layer
from infra.build.reached import NotPackaged, reached

ROOT = Path(__file__).resolve().parents[2]
RUNS_AT = "/var/task"
BUILD = "shared/runtime/build.py"
"""Reads what the build was made of, from beside it: the certificate of destruction says what did the work."""


def package_function(name: str, target: Path, root: Path) -> None:
    """Fill `target` with what the function's zip holds: no module that it does not reach, and no source.

    Raises NotPackaged.
    """
    if not (root / "functions" / name / "handler.py").is_file():
        message = f"There is no function called {name!r}: functions/{name}/handler.py does not exist."
        raise NotPackaged(message)
    sources, data = reached(f"functions.{name}.handler", root)
    for source in sources:
        module = source.relative_to(root)
        try:
            compile_module(source, target / module.with_suffix(".pyc"), f"{RUNS_AT}/{module.as_posix()}")
        except SyntaxError as failed:
            raise NotPackaged(str(failed)) from failed
    for file in data:
        copy = target / file.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    if root / BUILD in sources:
        (target / "shared" / "built.json").write_text(json.dumps({"commit": commit_of(root)}) + "\n", encoding="utf-8")


def main() -> int:
    """Package what the command line names; 0 when it is done, 1 with a message when it is not."""
    parser = argparse.ArgumentParser(description="Package one function or the dependencies layer.")
    parser.add_argument("kind", choices=["function", "layer"])
    parser.add_argument("name", help="the function's folder, or the layer's architecture")
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    if sys.version_info[:2] != (3, 13):
        print(f"Bytecode must be Python 3.13's, and this is {platform.python_version()}.", file=sys.stderr)
        return 1
    target = arguments.target.resolve()
    target.mkdir(parents=True, exist_ok=True)
    try:
        if arguments.kind == "function":
            package_function(arguments.name, target, ROOT)
        else:
            package_layer(arguments.name, target, ROOT)
    except (NotPackaged, NotInstalled) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
