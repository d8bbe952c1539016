"""The framework after module 01, 02, ...: it imports, passes its checks, offers what was taught so far."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from house import build, catalogue, complaints, course, verdict

from tinytorch_course.tangle.manifest import Module

# Asks a build for each name in each place and for its listing: {place: {name: "there" or the error}}.
ASK = """
import importlib, json, sys
answers, places = {}, json.loads(sys.argv[1])
import tinytorch
for place, names in places.items():
    try:
        package = importlib.import_module(place)
    except ImportError as error:
        answers[place] = {"": f"ImportError: {error}"}
        continue
    answers[place] = {"__all__": sorted(getattr(package, "__all__", [])), "dir": dir(package)}
    for name in names:
        try:
            getattr(package, name)
            exec(f"from {place} import {name}", {})
            answers[place][name] = "there"
        except Exception as error:
            answers[place][name] = f"{type(error).__name__}: {error}"
print(json.dumps(answers))
"""

every_prefix = pytest.mark.parametrize("through", [m.number for m in course()], ids=lambda n: f"{n:02d}")


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory):
    return cache(lambda number: build(number, tmp_path_factory.mktemp(f"through-{number}")))


def places(module: Module) -> list[str]:
    """The packages that offer a module's names."""
    if module.package == "tinytorch":
        return [module.import_name]
    return [module.package, "tinytorch"] if module.package == "tinytorch.core" else [module.package]


def offered() -> dict[str, dict[str, Module]]:
    """{place: {name: the module that brings it}} for the whole curriculum."""
    found: dict[str, dict[str, Module]] = {}
    for module in catalogue():
        for place in places(module):
            # where a name is that of the submodule itself, the submodule has it
            names = [name for name in module.exports if f"{place}.{name}" != module.import_name]
            found.setdefault(place, {}).update(dict.fromkeys(names, module))
    return found


def ask(built: Path, folder: Path) -> dict[str, dict[str, str]]:
    question = json.dumps({place: list(names) for place, names in offered().items()})
    settings = {**os.environ, "PYTHONPATH": str(built)}
    command = [sys.executable, "-P", "-W", "error", "-c", ASK, question]
    done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    answers: dict[str, dict[str, str]] = json.loads(done.stdout)
    return answers


def misfits(answers: dict[str, str], names: dict[str, Module], through: int) -> list[str]:
    """Names that are there and should not be, or the reverse, or whose absence is explained badly."""
    if "" in answers:
        return [] if all(module.label in answers[""] for module in names.values()) else [answers[""]]
    wrong = []
    for name, module in names.items():
        taught, said = module.number <= through, answers[name]
        listed = name in answers["__all__"] and name in answers["dir"]
        explained = said.startswith("ImportError: ") and f"module {module.label} ({module.title})" in said
        if listed != taught or not (said == "there" if taught else explained):
            wrong.append(f"{name} (module {module.label}, listed: {listed}): {said}")
    return wrong


@every_prefix
def test_offers_exactly_the_names_taught_so_far(through: int, prefix, tmp_path: Path) -> None:
    answers = ask(prefix(through), tmp_path)
    wrong = {place: misfits(answers[place], names, through) for place, names in offered().items()}
    assert {place: found for place, found in wrong.items() if found} == {}


@every_prefix
def test_every_check_up_to_there_passes(through: int, prefix) -> None:
    reports = [verdict(module, prefix(through)) for module in course() if module.number <= through]
    said = [f"module {r.module.label}\n{complaints(r)}" for r in reports if not r.passed]
    assert not said, "\n".join(said)


def test_the_last_prefix_is_the_whole_course() -> None:
    assert [module.number for module in course()] == [module.number for module in catalogue()]
