"""Bytecode that Python runs as it comes: zips lose file times, so none of it may be checked against them (PEP 552)."""

import ast
import compileall
import importlib.util
import marshal
import py_compile
from pathlib import Path

_UNCHECKED_HASH = 0b01
_NO_ASSERTS = 1


def compile_module(source: Path, target: Path, runs_at: str) -> None:
    """Writes the bytecode of one module as `target`, to be imported in place of its source. Raises SyntaxError.

    Without what only readers of the source have a use for. `runs_at` is where tracebacks say that the source lies.
    """
    content = source.read_bytes()
    code = compile(abridged(ast.parse(content, runs_at)), runs_at, "exec", dont_inherit=True, optimize=_NO_ASSERTS)
    header = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH.to_bytes(4, "little") + importlib.util.source_hash(content)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(header + marshal.dumps(code))


def abridged(module: ast.Module) -> ast.Module:
    """Without the docstrings of the module and of its functions; of its classes' the first line is left.

    Operators are told what an error says of itself; and to a dataclass that says nothing Python gives a docstring by
    itself, for which it inspects the class at every start.
    """
    for node in ast.walk(module):
        match node:
            case (ast.Module() | ast.FunctionDef() | ast.AsyncFunctionDef()) as described if ast.get_docstring(
                described
            ):
                described.body[:1] = (
                    [] if len(described.body) > 1 else [ast.copy_location(ast.Pass(), described.body[0])]
                )
            case ast.ClassDef(body=[ast.Expr(value=ast.Constant(value=str(text)) as docstring), *_]):
                docstring.value = text.partition("\n")[0]
            case _:
                pass
    return module


def compile_beside(folder: Path, runs_at: str) -> bool:
    """Compiles every module under `folder`, beside its source; whether all could be."""
    return bool(
        compileall.compile_dir(
            folder,
            maxlevels=64,
            force=True,
            quiet=1,
            stripdir=str(folder),
            prependdir=runs_at,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
    )
