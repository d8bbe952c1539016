"""What a source file may import in the closed division, read from its syntax: nothing of it is run.

This says early and in words what a worker would meet anyway: nothing else can be found from there.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

ALLOWED = {"tinytorch", "numpy", "safetensors", "jsonschema", "__future__"}
# Ways to other processes, to compiled code, to the interpreter's inside. An entry needs none; chapters have some, in
# code that is given (processes that load data, a benchmark's task), so in modules they may stay.
CLOSED = {
    "asyncio", "cffi", "concurrent", "ctypes", "gc", "http", "imp", "importlib", "mmap", "multiprocessing", "pickle",
    "pkgutil", "runpy", "shelve", "socket", "socketserver", "ssl", "urllib", "zipimport",
}  # fmt: skip
NAMES = {"__import__", "eval", "exec", "compile", "__builtins__", "__loader__", "__spec__"}
FRAMEWORKS = {
    "jax", "keras", "mxnet", "numba", "onnx", "onnxruntime", "scipy", "sklearn", "tensorflow", "tinygrad", "torch",
}  # fmt: skip
LONGEST = 5_000_000


def problems(name: str, path: Path) -> Iterator[str]:
    """What a file does that the closed division does not allow, a sentence each; `name` is its name in the zip."""
    for text, label in parts(name, path):
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            yield f"{label} is no Python that can be read: {type(error).__name__}"
            continue
        yield from (f"{label}:{line}: {what}" for line, what in in_tree(tree, entry=not name.startswith("modules/")))


def parts(name: str, path: Path) -> Iterator[tuple[str, str]]:
    """The text of a .py, or of each code cell of a notebook."""
    data = path.read_bytes()[:LONGEST].decode("utf-8", "replace")
    if path.suffix != ".ipynb":
        yield data, name
        return
    try:
        cells = json.loads(data)["cells"]
        codes = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        yield "(", name  # no notebook: said as what cannot be read
        return
    yield from ((code, f"{name}, code cell {number}") for number, code in enumerate(codes, 1))


def in_tree(tree: ast.AST, entry: bool) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, what) for alias in node.names if (what := of_module(alias.name, entry)))
        elif isinstance(node, ast.ImportFrom) and not node.level and (what := of_module(node.module or "", entry)):
            yield node.lineno, what
        elif entry and isinstance(node, ast.Name) and node.id in NAMES:
            yield node.lineno, f"{node.id} is not allowed in the closed division: what it would run cannot be read here"
        elif entry and isinstance(node, ast.Attribute) and is_sys_modules(node):
            yield node.lineno, f"sys.{node.attr} is not allowed in the closed division: it leads around the imports"


def is_sys_modules(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "sys" and node.attr in ("modules", "path", "meta_path")


def of_module(name: str, entry: bool) -> str:
    """What is wrong with importing it; "" for nothing."""
    top = name.partition(".")[0]
    if top in ALLOWED or (top in sys.stdlib_module_names and not (entry and top in CLOSED)):
        return ""
    if top in FRAMEWORKS:
        return f"imports {top}: in the closed division the framework is tinytorch"
    return f"imports {name}: the closed division has tinytorch, NumPy, safetensors and a part of the standard library"
