"""What module 20 uses and does not teach: the schema's complaints as sentences, hashes, what is installed here."""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import itertools
import math
import os
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tinytorch.schemas import load

DERIVED = ("metrics", "improvements", "intervals")
MOST = 20  # complaints; a file that is wrong in every sample need not say so of each

Files = dict[str, Any]  # {"sha256": of the list, "files": [{"path", "bytes", "sha256"}]}

def form_problems(values: Any, derived: bool = True) -> list[str]:
    """What is wrong with the form, a sentence each; without `derived`, with that of the measured fields alone.

    First the schema; then whether every list has an entry for each process; then what must agree in other ways.
    """
    return schema_problems(values, derived) or list(uneven(values["samples"])) or list(contradictions(values))


# -- the schema --------------------------------------------------------------------------------------------------------


def schema_problems(values: object, derived: bool = True) -> list[str]:
    """What the schema has against these values, a sentence each; without `derived`, of the measured fields alone."""
    if not isinstance(values, dict):
        return [f"a submission is an object in JSON, {{...}}, and this is {shown(values)}"]
    version = values.get("version")
    if type(version) is not int or version != 1:
        return [f"version: expected 1, got {shown(version)}"]
    schema = load()
    if not derived:
        schema["required"] = [name for name in schema["required"] if name not in DERIVED]
    said: dict[str, str] = {}  # of several complaints about one place the first is enough
    for error in itertools.islice(_validator()(schema).iter_errors(values), MOST):
        said.setdefault(place(error.absolute_path), sentence(error))
    return [where + what for where, what in said.items()]


@cache
def _validator() -> Any:
    """jsonschema's class for 2020-12, which does not look into a list that is too long: a million entries take 10 s."""
    from jsonschema import Draft202012Validator, validators  # 50 ms, which only validating should cost

    def items(validator: Any, rule: Any, value: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
        if not isinstance(value, list) or len(value) > schema.get("maxItems", math.inf):
            return
        if not positive(value, rule):
            yield from Draft202012Validator.VALIDATORS["items"](validator, rule, value, schema)

    return validators.extend(Draft202012Validator, {"items": items})


def positive(values: list[Any], rule: Mapping[str, Any]) -> bool:
    """Whether `rule` asks for positive numbers up to a maximum and nothing else, and all values are such floats.

    Nearly all of a submission is lists of times, and jsonschema takes 13 µs for each entry.
    """
    if set(rule) != {"type", "exclusiveMinimum", "maximum", "description"}:
        return False
    low, high = rule["exclusiveMinimum"], rule["maximum"]
    return all(type(value) is float and low < value <= high for value in values)


def place(path: Iterable[str | int]) -> str:
    """Where in the submission: `samples.baseline.offline[3]`, followed by a colon."""
    found = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return f"{found.removeprefix('.')}: " if found else ""


def sentence(error: Any) -> str:
    """What was expected and what was found; `error` is jsonschema's."""
    kind, rule, value = error.validator, error.validator_value, error.instance
    if kind == "required":
        return f"the field {next(key for key in rule if key not in value)!r} is missing"
    if kind == "additionalProperties":
        unknown = sorted(set(value) - set(error.schema["properties"]))
        return f"version 1 has no field {', '.join(map(shown, unknown[:3]))} here"
    if kind in ("minItems", "maxItems"):
        limit = f"at least {rule} are needed" if kind == "minItems" else f"at most {rule} are allowed"
        return f"{len(value)} {'entry' if len(value) == 1 else 'entries'} in the list, {limit}"
    return f"expected {expected(kind, rule, error.schema)}, got {shown(value)}"


def expected(kind: str, rule: Any, schema: Mapping[str, Any]) -> str:
    """What the schema asks for, in words."""
    if kind == "type" and rule not in ("string", "number"):
        return {"object": "an object, {...}", "array": "a list, [...]", "integer": "a whole number"}[rule]
    words = {
        "type": "a number" if rule == "number" else "a string",
        "enum": " or ".join(f"{each!r}" for each in rule) if isinstance(rule, list) else "",
        "minimum": f"{rule} or more",
        "maximum": f"{rule} or less",
        "minLength": f"a string of at least {rule} character",
        "maxLength": f"a string of at most {rule} characters",
    }
    return str(schema.get("description") or words[kind])


def shown(value: object) -> str:
    """A value as JSON would have it, cut where it is long, and harmless on a terminal."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    text = ascii(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


# -- files -------------------------------------------------------------------------------------------------------------


def list_hash(files: Iterable[Mapping[str, Any]]) -> str:
    """The SHA-256 of a list of files, in the order of their paths: `hash  bytes  path` and a newline for each."""
    total = hashlib.sha256()
    for file in sorted(files, key=lambda file: str(file["path"])):
        total.update(f"{file['sha256']}  {int(file['bytes'])}  {file['path']}\n".encode())
    return total.hexdigest()


def hash_files(folder: str | Path, paths: Iterable[str] | None = None) -> Files:
    """The files of a folder with their sizes and SHA-256 hashes, and the hash of that list.

    `paths`: these files alone; otherwise all, without bytecode. ValueError for a link or anything else that is no
    ordinary file: what it leads to may change.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "entry.py").write_bytes(b"")
    ...     hash_files(folder)["files"]
    [{'path': 'entry.py', 'bytes': 0, 'sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}]
    """
    root = Path(folder)
    chosen = _below(root) if paths is None else (root / path for path in paths)
    files = [_hashed(root, path) for path in sorted(chosen)]
    files.sort(key=lambda file: file["path"])
    return {"sha256": list_hash(files), "files": files}


def _below(root: Path) -> Iterator[Path]:
    for path in root.rglob("*"):
        if "__pycache__" not in path.parts and (path.is_symlink() or not path.is_dir()):
            yield path


def _hashed(root: Path, path: Path) -> dict[str, Any]:
    name = path.relative_to(root).as_posix()
    inside = [path, *itertools.takewhile(lambda folder: folder != root, path.parents)]
    if ".." in path.relative_to(root).parts or any(each.is_symlink() for each in inside) or not path.is_file():
        raise ValueError(f"{name} is no ordinary file in {root}")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"path": name, "bytes": path.stat().st_size, "sha256": digest}


# -- the tiers ---------------------------------------------------------------------------------------------------------


def describe_tiers() -> list[dict[str, Any]]:
    """The installed tiers: name, version, build, a hash over the files of their modules, and who wrote each module.

    "learner" and "reference" say who wrote it; a reference's module in a student's build is on "loan".

    >>> [tier["name"] for tier in describe_tiers()][0]
    'foundation'
    """
    from tinytorch import _lazy

    found = [described(table) for table in _lazy._read()]
    return sorted(found, key=lambda tier: [module["number"] for module in tier["modules"]])


def described(table: Any) -> dict[str, Any]:
    """A tier as its table, written by its build, describes it."""
    present = [facts for facts in table.MODULES if facts["present"]]
    files = [_module_file(facts["target"]) for facts in present]
    return {
        "name": table.DISTRIBUTION.removeprefix("tinytorch-"),
        "version": table.VERSION,
        "build": table.BUILD,
        "sha256": list_hash(files),
        "modules": [{"number": facts["number"], "by": _author(table.BUILD, facts)} for facts in present],
    }


def _author(build: str, facts: Mapping[str, Any]) -> str:
    if build == "reference":
        return "reference"
    return "loan" if facts.get("by") == "reference" else "learner"


def _module_file(target: str) -> dict[str, Any]:
    """The file that `import tinytorch.<target>` would read, without importing it."""
    spec = importlib.util.find_spec(f"tinytorch.{target}")
    if spec is None or spec.origin is None:
        raise ImportError(f"tinytorch.{target} is in the table of its tier, and cannot be found", name=target)
    data = Path(spec.origin).read_bytes()
    return {"path": target, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


# -- the system --------------------------------------------------------------------------------------------------------


def describe_system(before: Iterable[float] | None = None) -> dict[str, Any]:
    """The machine and its software, as a submission has them. `before`: the load when measuring began.

    Linux tells everything; what another system does not tell is "unknown", empty or 0.

    >>> sorted(describe_system())
    ['blas', 'cores', 'flags', 'load', 'memory_bytes', 'numpy', 'os', 'processor', 'python']
    """
    facts = _cpu_facts()
    mine = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    now = system_load()
    return {
        "processor": facts.get("model name") or platform.processor() or platform.machine() or "unknown",
        "flags": sorted(set((facts.get("flags") or facts.get("Features") or "").split())),
        "cores": len(mine),
        "memory_bytes": _memory(),
        "os": platform.platform(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "numpy": np.__version__,
        "blas": _blas(len(mine)),
        "load": {"before": now if before is None else list(before), "after": now},
    }


def system_load() -> list[float]:
    """The load of the last 1, 5 and 15 minutes; empty on systems that have none."""
    try:
        return [round(value, 2) for value in os.getloadavg()]
    except (AttributeError, OSError):
        return []


def _cpu_facts() -> dict[str, str]:
    """The first processor's lines of /proc/cpuinfo."""
    try:
        first = Path("/proc/cpuinfo").read_text("utf-8", "replace").partition("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in first.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _memory() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 0


def _blas(cores: int) -> dict[str, Any]:
    """NumPy's BLAS, and where it is OpenBLAS, the kernel and the threads that it picked."""
    built = np.show_config(mode="dicts")["Build Dependencies"].get("blas", {})
    kernel, threads = _openblas()
    asked = os.environ.get("OPENBLAS_NUM_THREADS") or os.environ.get("OMP_NUM_THREADS") or ""
    return {
        "name": str(built.get("name", "unknown")),
        "version": str(built.get("version", "unknown")),
        "kernel": kernel or "unknown",
        "threads": threads or (int(asked) if re.fullmatch("[1-9][0-9]{0,3}", asked) else cores),
    }


def _openblas() -> tuple[str, int]:
    """The kernel and the threads of the OpenBLAS that this process has loaded; Linux only."""
    try:
        maps = Path("/proc/self/maps").read_text("utf-8", "replace")
    except OSError:
        return "", 0
    for path in sorted(set(re.findall(r"(/\S*openblas\S*\.so\S*)$", maps, re.MULTILINE))):
        for prefix, suffix in itertools.product(("scipy_", ""), ("64_", "")):
            try:
                library = ctypes.CDLL(path)
                name = getattr(library, f"{prefix}openblas_get_corename{suffix}")
                count = getattr(library, f"{prefix}openblas_get_num_threads{suffix}")
            except (OSError, AttributeError):
                continue
            name.restype = ctypes.c_char_p
            return name().decode("ascii", "replace"), int(count())
    return "", 0


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# -- fields that contradict each other ----------------------------------------------------------------------------


def uneven(samples: Mapping[str, Any]) -> Iterator[str]:
    """Complaints about lists that do not have one entry for each process."""
    processes = len(samples["baseline"]["single_stream"])
    for name, side in samples.items():
        lists = {key: side[key] for key in ("single_stream", "offline", "peak_memory_bytes")}
        lists |= {f"{key}.{scenario}": side[key][scenario] for key in ("correct", "asked") for scenario in side[key]}
        for key, entries in lists.items():
            if len(entries) != processes:
                said = f"reported for {len(entries)} processes, but the first list has {processes}"
                yield f"samples.{name}.{key}: {said}"


def contradictions(values: Mapping[str, Any]) -> Iterator[str]:
    """Complaints about the date, right answers, and names that are listed twice."""
    try:
        datetime.strptime(values["created"], "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        yield f"created: expected a time that the calendar has, got {shown(values['created'])}"
    for name, side in values["samples"].items():
        yield from _more_right_than_asked(name, side)
    if not any(map(sum, values["samples"]["baseline"]["correct"].values())):
        yield "samples.baseline.correct: no right answer is reported, so the accuracy has no improvement over it"
    for where, names in _names(values):
        twice = sorted({name for name in names if names.count(name) > 1}, key=str)
        if twice:
            yield f"{where}: {shown(twice[0])} is listed twice"


def _more_right_than_asked(name: str, side: Mapping[str, Any]) -> Iterator[str]:
    for scenario, counts in side["correct"].items():
        for p, (right, asked) in enumerate(zip(counts, side["asked"][scenario], strict=True)):
            if right > asked:
                where = f"samples.{name}.correct.{scenario}[{p}]"
                yield f"{where}: {right} right answers are reported, but {asked} were asked for"


def _names(values: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """Lists in which a name may occur once."""
    yield "artefacts", [file["path"] for file in values["artefacts"]]
    yield "sources.files", [file["path"] for file in values["sources"]["files"]]
    yield "tiers", [tier["name"] for tier in values["tiers"]]
    yield "tiers", [module["number"] for tier in values["tiers"] for module in tier["modules"]]
