"""The solution regions of a module, and a tripwire in each."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tinytorch_course.tangle.modulefile import BEGIN, END, Cell, ModuleFile

Function = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Region:
    """The lines between a BEGIN and its END, both left out; `name` is `function`, `Class.method` or the cell's id."""

    name: str
    first: int
    last: int

    def holds(self, node: ast.AST) -> bool:
        return self.first <= getattr(node, "lineno", 0) and getattr(node, "end_lineno", 0) <= self.last


def regions(module: ModuleFile) -> list[Region]:
    """All of a module, in the order of the file; the second of a function is called `function#2`."""
    found = [region for cell in module.cells if cell.kind == "code" for region in of_cell(cell)]
    seen: Counter[str] = Counter()
    return [numbered(region, seen) for region in found]


def numbered(region: Region, seen: Counter[str]) -> Region:
    seen[region.name] += 1
    count = seen[region.name]
    return region if count == 1 else Region(f"{region.name}#{count}", region.first, region.last)


def of_cell(cell: Cell) -> Iterator[Region]:
    begin = None
    for number, line in enumerate(cell.lines, cell.lineno):
        if BEGIN in line:
            begin = number
        elif END in line and begin is not None:
            yield Region(around(cell, begin) or str(cell.grade_id), begin + 1, number - 1)


def around(cell: Cell, line: int) -> str:
    """The dotted name of the function that a line stands in; "" for a line outside all of them."""
    names, body = [], parsed(cell).body
    while node := next((n for n in body if covers(n, line)), None):
        if not isinstance(node, (*Function, ast.ClassDef)):
            break
        names.append(node.name)
        body = node.body
    return ".".join(names)


def covers(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or 0)


def parsed(cell: Cell) -> ast.Module:
    """The cell's code, with the line numbers of its file."""
    return ast.parse("\n" * (cell.lineno - 1) + "\n".join(cell.code()))


# -- tripwires ---------------------------------------------------------------------------------------------


class Wiring(ast.NodeTransformer):
    """A call of the tripwire where a region begins; in a region outside functions, in each function of its own."""

    def __init__(self, label: str, found: list[Region]) -> None:
        self.label, self.regions = label, found
        self.depth = 0  # functions around the node
        self.wired: set[str] = set()

    def wire(self, region: Region) -> ast.Expr:
        self.wired.add(region.name)
        return ast.parse(f"__import__('_tripwires').trip({f'{self.label} {region.name}'!r})").body[0]

    def visit(self, node: ast.AST) -> ast.AST:
        inside = isinstance(node, (*Function, ast.Lambda))
        self.depth += inside
        self.generic_visit(node)
        self.depth -= inside
        if isinstance(node, ast.Lambda) and not self.depth:
            return self.lambda_(node)
        for name in ("body", "orelse", "finalbody"):
            if isinstance(body := getattr(node, name, None), list):
                setattr(node, name, list(self.statements(node, body)))
        return node

    def lambda_(self, node: ast.Lambda) -> ast.Lambda:
        region = next((r for r in self.regions if r.holds(node)), None)
        if region is not None:
            both = ast.Tuple([self.wire(region).value, node.body], ast.Load())
            node.body = ast.Subscript(both, ast.Constant(1), ast.Load())
        return node

    def statements(self, node: ast.AST, body: list[ast.stmt]) -> Iterator[ast.stmt]:
        """`body` with a tripwire before the first statement of each region that begins in it."""
        inside = self.depth or isinstance(node, Function)
        due = [r for r in self.regions if not r.holds(node)] if inside else []
        if isinstance(node, Function) and not self.depth:
            due += [r for r in self.regions if r.holds(node)]  # a whole function that the learner writes
        for statement in body:
            first = next((r for r in due if r.holds(statement)), None)
            if first is not None and not is_docstring(node, statement):
                due.remove(first)
                yield self.wire(first)
            yield statement


def is_docstring(node: ast.AST, statement: ast.stmt) -> bool:
    return isinstance(node, Function) and statement is node.body[0] and ast.get_docstring(node) is not None


def wired(tree: ast.Module, label: str, found: list[Region]) -> tuple[ast.Module, set[str]]:
    """The code with its tripwires, and the names of the regions that have got one."""
    wiring = Wiring(label, found)
    tree = wiring.visit(tree)
    return ast.fix_missing_locations(tree), wiring.wired


def wire_file(path: Path, label: str, found: list[Region]) -> None:
    """A tangled file, whose lines have the numbers of the module file."""
    tree, _ = wired(ast.parse(path.read_text("utf-8")), label, found)
    path.write_text(ast.unparse(tree), "utf-8")
