"""Which modules and data files a function reaches: all that its zip has to hold.

Found by reading the sources, never by running them: every import counts, also within a function, but none that only
type checkers see. A data file is reached by a module in which a text names it, from the module's own folder or from
the top, as in `Path(__file__).with_name("weights.json")`.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

OURS = ("shared", "functions")
DATA = (".json",)


class NotPackaged(Exception):
    """An import that cannot be followed; the message says where."""


def reached(start: str, root: Path) -> tuple[list[Path], list[Path]]:
    """The sources of the module `start` and of all of ours that it imports, and the data files that those name."""
    sources: dict[str, Path] = {}
    data: set[Path] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        source = source_of(name, root)
        if source is None or name in sources:
            continue
        sources[name] = source
        tree = ast.parse(source.read_bytes(), str(source))
        waiting += [*packages_of(name), *imported(tree, source)]
        data |= set(named_files(tree, source, root))
    return sorted(sources.values()), sorted(data)


def source_of(name: str, root: Path) -> Path | None:
    """Where one of our modules, or packages, lies; None for what is neither."""
    if name.partition(".")[0] not in OURS:
        return None
    path = root.joinpath(*name.split("."))
    return next((file for file in (path / "__init__.py", path.with_suffix(".py")) if file.is_file()), None)


def packages_of(name: str) -> Iterator[str]:
    """The packages that a module lies in: importing it imports them."""
    parts = name.split(".")
    return (".".join(parts[:depth]) for depth in range(1, len(parts)))


def imported(tree: ast.AST, source: Path) -> Iterator[str]:
    """What may be modules, by their whole names. Raises NotPackaged for a relative import."""
    for node in running(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(level=0, module=str(module), names=names):
                yield module
                yield from (f"{module}.{alias.name}" for alias in names)  # a module, or something in one
            case ast.ImportFrom():
                message = f"{source}:{node.lineno} imports by a relative name: give the whole one."
                raise NotPackaged(message)
            case _:
                pass


def named_files(tree: ast.AST, source: Path, root: Path) -> Iterator[Path]:
    """The data files that texts of a module name."""
    for node in running(tree):
        match node:
            case ast.Constant(value=str(text)) if text.endswith(DATA) and "\n" not in text:
                yield from (file for file in (source.parent / text, root / text) if file.is_file())
            case _:
                pass


def running(tree: ast.AST) -> Iterator[ast.AST]:
    """All parts of a module but what stands under `if TYPE_CHECKING`."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            waiting += node.orelse
        else:
            waiting += ast.iter_child_nodes(node)
