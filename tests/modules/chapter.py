"""What must hold of every chapter, as rules: each takes a Chapter and yields the complaints it has.

A complaint is one readable line that begins with the place. The rules read; what has to be executed is in
test_execution.py.
"""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from forward import forward_references

from tinytorch_course.tangle.manifest import Module
from tinytorch_course.tangle.modulefile import BEGIN, END, Cell, ModuleFile, is_directive

PARTS = ["The problem", "Build", "Use", "Measure", "Reflect", "In PyTorch", "Today"]
WORDS, CODE, FUNCTION, MEDIAN = 2500, 400, 25, 10
HINTS = 3
QUESTIONS = range(2, 5)
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f]")


@dataclass(frozen=True)
class Chapter:
    module: Module
    file: ModuleFile
    catalogue: Sequence[Module]  # every module that a manifest names, this one among them

    def cells(self, kind: str) -> list[Cell]:
        return [cell for cell in self.file.cells if cell.kind == kind]

    def at(self, line: int) -> str:
        return self.file.where(line)

    def exported(self) -> ast.Module:
        """The code that goes into the package."""
        return ast.parse("\n".join("\n".join(cell.code()) for cell in self.file.cells if cell.export))


Rule = Callable[[Chapter], Iterator[str]]


# -- form --------------------------------------------------------------------------------------------------


def headings(chapter: Chapter) -> list[str]:
    """The level-2 headings, outside of fenced code."""
    texts = [re.sub(r"(?ms)^```.*?^```", "", cell.text()) for cell in chapter.cells("markdown")]
    return [found for text in texts for found in re.findall(r"(?m)^## +(.+?) *$", text)]


def parts(chapter: Chapter) -> Iterator[str]:
    """All parts, in order; scaffolds only between the problem and Build."""
    found = headings(chapter)
    plain = [heading for heading in found if not heading.startswith("Scaffold: ")]
    if plain != PARTS:
        yield f"{chapter.module.stem}: the parts are {plain}, they must be {PARTS}"
    elif found[1 : found.index("Build")] != [heading for heading in found if heading not in PARTS]:
        yield f"{chapter.module.stem}: a scaffold stands between '## The problem' and '## Build' only"


def header(chapter: Chapter) -> Iterator[str]:
    first = chapter.file.cells[0]
    if first.kind != "markdown" or first.text().strip() != "{header}":
        yield f"{chapter.at(first.lineno)}: the first cell is markdown and holds '{{header}}' alone"


def target(chapter: Chapter) -> Iterator[str]:
    said, wanted = chapter.file.target, chapter.module.target
    if said != wanted:
        yield f"{chapter.module.stem}: default_exp {said}, the manifest says {wanted}"


def hints(chapter: Chapter) -> Iterator[str]:
    """Three rungs for each cell that the learner writes, or for each function in it; none elsewhere."""
    for cell in chapter.cells("code"):
        ladders = len(cell.hints) / HINTS
        if ladders not in range(1, 1 + sum(BEGIN in line for line in cell.lines)) and (cell.solution or cell.hints):
            yield f"{chapter.at(cell.lineno)}: {len(cell.hints)} hints, there must be {HINTS} for each function"


def solutions(chapter: Chapter) -> Iterator[str]:
    """A cell that the learner writes has an answer, is exported, and has its test cell right after it."""
    code = chapter.cells("code")
    for cell, after in zip(code, [*code[1:], None], strict=True):
        if not cell.solution:
            continue
        where = chapter.at(cell.lineno)
        if not any(BEGIN in line for line in cell.lines):
            yield f"{where}: solution cell {cell.solution!r} has no '{BEGIN}'"
        if not cell.export:
            yield f"{where}: solution cell {cell.solution!r} is not exported"
        if after is None or not after.test:
            yield f"{where}: solution cell {cell.solution!r} is not followed by its test cell"


def tests(chapter: Chapter) -> Iterator[str]:
    """A test cell has points, defines tests and calls every one of them, and asserts nothing trivial."""
    for cell in (cell for cell in chapter.cells("code") if cell.test):
        where, tree = chapter.at(cell.lineno), ast.parse("\n".join(cell.code()))
        nodes = list(ast.walk(tree))
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        found = {name for name in functions if name.startswith("test_")}
        called = {getattr(node.func, "id", "") for node in nodes if isinstance(node, ast.Call)}
        if not found or not cell.points:
            yield f"{where}: test cell {cell.test!r} defines no test or has no points"
        for name in sorted(found - called):
            yield f"{where}: {name} is defined and never called"
        if any(isinstance(node, ast.Assert) and isinstance(node.test, ast.Constant) for node in nodes):
            yield f"{where}: an assertion that holds whatever the learner writes"


def points(chapter: Chapter) -> Iterator[str]:
    total, wanted = sum(cell.points for cell in chapter.file.cells), chapter.module.points
    if total != wanted:
        yield f"{chapter.module.stem}: the cells have {total:g} points, the manifest says {wanted}"


def reflections(chapter: Chapter) -> Iterator[str]:
    """Two to four questions, each with a rubric that the learner does not get."""
    found = [cell for cell in chapter.cells("markdown") if cell.reflect]
    if len(found) not in QUESTIONS:
        yield f"{chapter.module.stem}: Reflect has {len(found)} questions, from 2 to 4 are asked for"
    for cell in found:
        if not all(word in "\n".join(cell.lines) for word in (BEGIN, END, "Rubric")) or not cell.points:
            yield f"{chapter.at(cell.lineno)}: question {cell.reflect!r} has no rubric or no points"


def plain_text(chapter: Chapter) -> Iterator[str]:
    """No emoji. (The width of lines is ruff's to judge.)"""
    for cell in chapter.file.cells:
        for number, line in enumerate(cell.lines, cell.lineno):
            if found := EMOJI.search(line):
                yield f"{chapter.at(number)}: emoji {found[0]!r}"


# -- budgets -----------------------------------------------------------------------------------------------


def prose(chapter: Chapter) -> int:
    """Words of the markdown cells; rubrics, drawings and listings are not read as prose."""
    hidden = re.compile(rf"(?ms)^{BEGIN}.*?^{END}|^```.*?^```")
    texts = [hidden.sub("", cell.text()) for cell in chapter.cells("markdown")]
    return sum(len(re.findall(r"\S*\w\S*", text)) for text in texts)


def docstring_lines(tree: ast.AST) -> set[int]:
    """The lines that docstrings take."""
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, holders) and ast.get_docstring(node, clean=False) is not None:
            lines |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return lines


def code_lines(cell: Cell) -> set[int]:
    """The lines of a cell that hold code: no blanks, no comments, no docstrings."""
    skip = docstring_lines(ast.parse("\n".join(cell.code())))
    told = enumerate(cell.lines, 1)
    return {n for n, line in told if n not in skip and line.strip() and not line.strip().startswith("#")}


def budgets(chapter: Chapter) -> Iterator[str]:
    stem, words = chapter.module.stem, prose(chapter)
    lines = sum(len(code_lines(cell)) for cell in chapter.cells("code") if not cell.test)
    if words > WORDS:
        yield f"{stem}: {words} words of prose, at most {WORDS}"
    if lines > CODE:
        yield f"{stem}: {lines} lines of code outside of the test cells, at most {CODE}"


def written(chapter: Chapter) -> Iterator[tuple[int, int, str]]:
    """The functions that the learner writes: lines of code, where, name."""
    for cell in (cell for cell in chapter.cells("code") if cell.solution):
        answers = [n for n, line in enumerate(cell.lines, 1) if BEGIN in line]
        holding = code_lines(cell)
        for node in ast.walk(ast.parse("\n".join(cell.code()))):
            if not isinstance(node, ast.FunctionDef):
                continue
            inside = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            if any(n in inside for n in answers):
                yield len(holding & set(inside)), cell.lineno + node.lineno - 1, node.name


def function_lengths(chapter: Chapter) -> Iterator[str]:
    found = list(written(chapter))
    for length, line, name in found:
        if length > FUNCTION:
            yield f"{chapter.at(line)}: {name} has {length} lines, a learner writes at most {FUNCTION}"
    median = statistics.median([length for length, _, _ in found] or [0])
    if median > MEDIAN:
        stem = chapter.module.stem
        yield f"{stem}: the learner's functions have {median:g} lines in the median, not {MEDIAN}"


# -- names -------------------------------------------------------------------------------------------------


def defined(tree: ast.Module) -> dict[str, ast.AST]:
    """The names that the exported code defines at its top level."""
    names: dict[str, ast.AST] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names[node.name] = node
        elif isinstance(node, ast.Assign):
            names |= {target.id: node for target in node.targets if isinstance(target, ast.Name)}
    return names


def exports(chapter: Chapter) -> Iterator[str]:
    """Each export is defined, has a docstring with an example, and is nobody else's."""
    names, module = defined(chapter.exported()), chapter.module
    for name in module.exports:
        node = names.get(name)
        if node is None:
            yield f"{module.stem}: the manifest exports {name}, which no exported cell defines"
        elif not isinstance(node, ast.Assign) and ">>> " not in (ast.get_docstring(node) or ""):
            yield f"{module.stem}: {name} has no docstring with an example"
        others = [m.label for m in chapter.catalogue if m.package == module.package and name in m.exports]
        if len(others) > 1:
            yield f"{module.stem}: {name} is exported by modules {', '.join(others)} into {module.package}"


def imports(chapter: Chapter) -> Iterator[str]:
    """Exported code imports earlier modules by their full path, so that no lazy name is needed to load it.

    What begins with an underscore is ordinary source, given to the learner.
    """
    earlier = {m.import_name for m in chapter.catalogue if m.number < chapter.module.number}
    for node in ast.walk(chapter.exported()):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            given = name.startswith("tinytorch._")
            if name.split(".")[0] == "tinytorch" and name not in earlier and not given:
                yield f"{chapter.module.stem}: exported code imports {name}, which is no earlier module"


def forward(chapter: Chapter) -> Iterator[str]:
    """Nothing of a later module is used, named or explained."""
    later = [m for m in chapter.catalogue if m.number > chapter.module.number]
    for cell in chapter.file.cells:
        for number, line in enumerate(cell.lines, cell.lineno):
            code = cell.kind == "code" and not is_directive(line)
            for said in forward_references(line, chapter.module, later, chapter.catalogue, code):
                yield f"{chapter.at(number)}: {said}"


RULES: list[Rule] = [
    parts,
    header,
    target,
    hints,
    solutions,
    tests,
    points,
    reflections,
    plain_text,
    budgets,
    function_lengths,
    exports,
    imports,
    forward,
]
