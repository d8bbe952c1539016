"""From module files to `tinytorch/...`: the code, the tables that the namespace reads, and stubs for editors.

Nothing of a module file is executed here; where a file is written depends on the manifest alone.
"""

from __future__ import annotations

import ast
import importlib.util
import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from .manifest import Module, Tier
from .modulefile import ModuleFile, ModuleFileError, read_module

REFERENCE, STUDENT = "reference", "student"


@dataclass
class Tangled:
    """A module's code as it goes into the package."""

    code: str
    missing: list[str] = field(default_factory=list)  # exports that the source does not define
    error: str | None = None  # why it cannot be imported, if that is known without running it


def tangle_module(source: ModuleFile, label: str, exports: Sequence[str] | None = None) -> str:
    """The exported cells as one Python module: line N of the result is line N of the module file.

    `label` names the file in the docstring that takes the first line. `exports` are the names for
    `__all__`, as far as they are defined; without it, all public names are. ModuleFileError if the exported
    code does not parse.
    """
    code = _layout(source, label)
    try:
        tree = _parse(code)
    except SyntaxError as error:
        raise _syntax_error(source, error) from None
    defined, certain = defined_names(tree)
    if exports is None:
        public = [name for name in defined if not name.startswith("_")]
    else:
        public = [name for name in exports if name in defined or not certain]
    return f"{code}\n__all__ = {public!r}\n"


def tangle_tree(
    tier: Tier,
    sources: Mapping[int, Path],
    out: Path,
    catalog: Iterable[Tier] = (),
    *,
    src: Path | None = None,
    version: str = "",
    build: str = REFERENCE,
    lent: Collection[int] = (),
) -> list[Path]:
    """Write a tier's generated part of the package under `out`; returns the files, relative to `out`,
    sorted.

    `sources` gives the module files by number; a module that it lacks is absent from the build. `catalog`
    are the other tiers that error messages and editors are to know. `src` is the tier's folder of ordinary
    source: the packages that have their `__init__.py` there get a stub. In a student build
    (`build=STUDENT`) a module that cannot be tangled is written so that importing it says why; in a
    reference build that is a ModuleFileError. `lent` are the modules of a student build that the reference
    supplies: the table says of each who wrote it. Unchanged files are left untouched.
    """
    others = [other for other in catalog if other.name != tier.name]
    _refuse_collisions(tier, others, src)
    unknown = set(sources) - {module.number for module in tier.modules}
    if unknown:
        raise ValueError(f"{tier.distribution} has no module {min(unknown)}")
    built = {
        module.number: _tangle_one(module, Path(sources[module.number]), strict=build == REFERENCE)
        for module in tier.modules
        if module.number in sources
    }
    files = {
        _file(module.import_name): built[module.number].code
        for module in tier.modules
        if module.number in built
    }
    files[PurePosixPath("tinytorch/_tiers", f"{tier.name}.py")] = _table(
        tier, built, others, version, build, lent
    )
    if src is not None:
        files |= _stubs(tier, built, others, src)
    for path, text in files.items():
        write_if_changed(Path(out, path), text.encode("utf-8"))
    return sorted(Path(path) for path in files)


def write_if_changed(path: Path, data: bytes) -> None:
    """Write unless the file holds this already; its bytecode goes with the old text.

    Python takes bytecode for current if the source's size and its time in whole seconds are, which two
    saves within a second can both keep.
    """
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".py":
        forget_bytecode(path)
    path.write_bytes(data)


def forget_bytecode(path: Path) -> None:
    """Remove the bytecode of a source file, of any Python."""
    cached = Path(importlib.util.cache_from_source(str(path)))
    for old in cached.parent.glob(f"{path.stem}.*.pyc"):
        old.unlink(missing_ok=True)


def find_sources(tier: Tier, folder: Path) -> dict[int, Path]:
    """A tier's module files in a folder, by number; a file that is named like one and is none is an error."""
    found: dict[int, Path] = {}
    stems = {module.stem: module.number for module in tier.modules}
    for path in sorted(Path(folder).glob("[0-9][0-9]*_*")):
        if path.suffix not in (".py", ".ipynb"):
            continue
        if path.stem not in stems:
            raise ModuleFileError(path, None, f"is no module of {tier.distribution} (see its tier.toml)")
        if stems[path.stem] in found:
            raise ModuleFileError(
                path, None, f"there is {found[stems[path.stem]].name} too: keep one of the two"
            )
        found[stems[path.stem]] = path
    return found


# -- one module --------------------------------------------------------------------------------------------


def _tangle_one(module: Module, path: Path, strict: bool) -> Tangled:
    label = f"modules/{module.stem}{path.suffix}"
    try:
        source = read_module(path)
        _refuse_target(source, module)
        code = _layout(source, label)
    except ModuleFileError as error:
        if strict:
            raise
        return Tangled(_broken(label, str(error)), list(module.exports), str(error))
    try:
        defined, certain = defined_names(_parse(code))
    except SyntaxError as error:
        if strict:
            raise _syntax_error(source, error) from None
        # as it is: importing it shows Python's own message, at the learner's line
        return Tangled(code, list(module.exports), str(_syntax_error(source, error)))
    missing = [name for name in module.exports if name not in defined and certain]
    public = [name for name in module.exports if name not in missing]
    return Tangled(f"{code}\n__all__ = {public!r}\n", missing)


def _refuse_target(source: ModuleFile, module: Module) -> None:
    """Only what the manifest names can be written, whatever the directive says."""
    if source.target == module.target:
        return
    cell = next(cell for cell in source.cells if "default_exp" in cell.directives)
    line = next(number for number, text in enumerate(cell.lines, cell.lineno) if text.startswith("#|"))
    raise ModuleFileError(
        source.path,
        None if source.notebook else line,
        f"'#| default_exp {source.target}' is refused: module {module.label} is {module.target}",
    )


def _layout(source: ModuleFile, label: str) -> str:
    """The exported cells at their own lines; a marker's line names its cell, all other lines are empty."""
    exported = [cell for cell in source.cells if cell.export and cell.kind == "code"]
    lines = [""] * max((cell.lineno - 1 + len(cell.lines) for cell in exported), default=1)
    for cell in exported:
        if cell.lineno > 1:
            lines[cell.lineno - 2] = f"# %% {cell.grade_id or ''}".rstrip()
        lines[cell.lineno - 1 : cell.lineno - 1 + len(cell.lines)] = cell.code()
    head = _docstring(f"Tangled from {label}, line for line: edit that file, not this one.")
    if source.notebook:
        lines = _future_first(head, lines)
    if not lines[0].strip() or lines[0].startswith("#"):
        lines[0] = head
    return "\n".join(lines).rstrip() + "\n"


def _docstring(text: str) -> str:
    """A name may hold quotes; this cannot end the string early."""
    return '"""' + text.replace("\\", "\\\\").replace('"', '\\"') + '"""'


def _future_first(head: str, lines: list[str]) -> list[str]:
    """In a notebook any cell may start with a __future__ import, in a module only the first statement."""
    future = [line.strip() for line in lines if line.startswith("from __future__ import ")]
    if not future:
        return lines
    kept = ["" if line.startswith("from __future__ import ") else line for line in lines]
    return ["; ".join([head, *dict.fromkeys(future)]), *kept[1:]]


def _broken(label: str, message: str) -> str:
    return f"{_docstring(f'{label} could not be read.')}\n\nraise ImportError({message!r})\n"


def _parse(code: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in a learner's string is not the build's business
            return ast.parse(code)
    except (RecursionError, MemoryError, ValueError):
        raise SyntaxError("too deeply nested for Python") from None


def _syntax_error(source: ModuleFile, error: SyntaxError) -> ModuleFileError:
    if source.notebook and error.lineno:
        where = source.where(error.lineno).partition(", ")[2]
        return ModuleFileError(source.path, None, f"{where}: the code does not parse: {error.msg}")
    return ModuleFileError(source.path, error.lineno, f"the code does not parse: {error.msg}")


def defined_names(tree: ast.Module) -> tuple[list[str], bool]:
    """Names bound at the top level, in order; the second says whether these are certainly all of them."""
    names: dict[str, None] = {}
    certain = True
    todo: list[ast.AST] = list(reversed(tree.body))
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names[node.name] = None
            certain = certain and node.name != "__getattr__"
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name).partition(".")[0]: None for alias in node.names}
            certain = certain and all(alias.name != "*" for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names[node.id] = None
        elif not isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            todo.extend(reversed(list(ast.iter_child_nodes(node))))
    return list(names), certain


# -- the tree ----------------------------------------------------------------------------------------------


def _refuse_collisions(tier: Tier, others: Iterable[Tier], src: Path | None) -> None:
    """A tier cannot take another tier's module or name, nor write over its own ordinary source."""
    taken = {place: module for other in others for module in other.modules for place in _places(module)}
    for module in tier.modules:
        for place in _places(module):
            if place in taken:
                owner = taken[place]
                raise ValueError(
                    f"{tier.distribution}: {place} belongs to module {owner.label} ({owner.title})"
                )
        path = Path(src or "", *module.import_name.split("."))
        if src is not None and (path.with_suffix(".py").exists() or path.is_dir()):
            raise ValueError(f"{tier.distribution}: {module.import_name} is ordinary source as well, in src/")


def _places(module: Module) -> list[str]:
    return [module.import_name, *(f"{home}.{name}" for home in homes(module) for name in module.exports)]


def _file(import_name: str, suffix: str = ".py") -> PurePosixPath:
    return PurePosixPath(*import_name.split(".")).with_suffix(suffix)


def _table(
    tier: Tier,
    built: Mapping[int, Tangled],
    others: Iterable[Tier],
    version: str,
    build: str,
    lent: Collection[int],
) -> str:
    own = [
        _facts(module) | _state(module, built.get(module.number)) | {"by": _author(module, build, lent)}
        for module in tier.modules
    ]
    ranked = sorted(others, key=lambda other: (other.order, other.name))
    known = [(other.distribution, _facts(module)) for other in ranked for module in other.modules]
    datasets = [(each.distribution, name) for each in [tier, *ranked] for name in each.datasets]
    return (
        f'"""What this build of {tier.distribution} offers; tinytorch._lazy reads it."""\n\n'
        f"DISTRIBUTION = {tier.distribution!r}\nVERSION = {version!r}\nBUILD = {build!r}\n"
        f"MODULES = {_rows(own)}\nCATALOG = {_rows(known)}\nDATASETS = {_rows(datasets)}\n"
    )


def _rows(rows: Iterable[object]) -> str:
    """A list with one item a line."""
    return "[\n" + "".join(f"    {row!r},\n" for row in rows) + "]"


def _facts(module: Module) -> dict[str, object]:
    return {
        "number": module.number,
        "name": module.name,
        "title": module.title,
        "target": module.target,
        "exports": list(module.exports),
    }


def _author(module: Module, build: str, lent: Collection[int]) -> str:
    return "learner" if build == STUDENT and module.number not in lent else "reference"


def _state(module: Module, tangled: Tangled | None) -> dict[str, object]:
    return {
        "present": tangled is not None,
        "missing": tangled.missing if tangled else [],
        "error": tangled.error if tangled else None,
        "on_import": module.on_import,
    }


# -- stubs -------------------------------------------------------------------------------------------------


def _stubs(
    tier: Tier, built: Mapping[int, Tangled], others: Iterable[Tier], src: Path
) -> dict[PurePosixPath, str]:
    """`__init__.pyi` for each package that this tier owns: what is built here, and what others may add."""
    offered = [
        (module, [name for name in module.exports if name not in built[module.number].missing])
        for module in tier.modules
        if module.number in built
    ]
    offered += [(module, list(module.exports)) for other in others for module in other.modules]
    datasets = [name for each in (tier, *others) for name in each.datasets]
    owned = sorted(path.parent.relative_to(src) for path in src.glob("tinytorch/**/__init__.py"))
    return {
        PurePosixPath(path.as_posix(), "__init__.pyi"): _stub(".".join(path.parts), offered, datasets, src)
        for path in owned
        if _is_aggregate(src / path / "__init__.py")
    }


def _is_aggregate(path: Path) -> bool:
    """Packages with code of their own need no stub: their names are in their source."""
    return "_lazy" in path.read_text("utf-8")


def _stub(
    package: str, offered: Iterable[tuple[Module, list[str]]], datasets: Iterable[str], src: Path
) -> str:
    inside = _submodules(package, [module.import_name for module, _ in offered], src)
    lines = [f"from {package} import {name} as {name}" for name in sorted(inside)]
    if package == "tinytorch":
        lines.append("__version__: str")
    if package == "tinytorch.datasets":
        lines += [f"from {package}.{name.lower()} import {name} as {name}" for name in datasets]
    for module, names in offered:
        if package in homes(module):
            lines += [
                f"from {module.import_name} import {name} as {name}" for name in names if name not in inside
            ]
    return "\n".join(lines) + "\n" + _offered(package, src)


def _offered(package: str, src: Path) -> str:
    """What the package offers beside its modules' names, written by hand: no manifest has it."""
    path = src / "tinytorch/_names/offered" / f"{package}.pyi"
    return path.read_text("utf-8") if path.is_file() else ""


def homes(module: Module) -> tuple[str, ...]:
    """The packages that offer a module's exports: its own; for `tinytorch.core`, `tinytorch` too."""
    if module.package == "tinytorch":
        return ()
    return (module.package, "tinytorch") if module.package == "tinytorch.core" else (module.package,)


def _submodules(package: str, import_names: Iterable[str], src: Path) -> set[str]:
    """What `package.NAME` is a module or package for: generated or ordinary source, without private ones."""
    prefix = f"{package}."
    names = {name.removeprefix(prefix).partition(".")[0] for name in import_names if name.startswith(prefix)}
    folder = src.joinpath(*package.split("."))
    names |= {path.stem for path in folder.glob("*.py")} | {
        path.parent.name for path in folder.glob("*/__init__.py")
    }
    return {name for name in names if not name.startswith("_")}
