"""What has to be run: the reference passes, the stripped module fails every check, the whole chapter runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from house import build, complaints, course, source, stripped, verdict

from tinytorch_course.tangle.manifest import Module

LIMIT = 120  # seconds for a whole chapter, Use and Measure included
every_module = pytest.mark.parametrize("module", course(), ids=lambda module: module.stem)


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory):
    """Builds of the reference through a module, each made once."""
    made: dict[int, Path] = {}

    def through(number: int) -> Path:
        if number not in made:
            made[number] = build(number, tmp_path_factory.mktemp(f"through-{number}"))
        return made[number]

    return through


def python(*arguments: str, built: Path, folder: Path) -> None:
    """Run Python on a build, in an empty folder, with warnings as errors."""
    settings = {**os.environ, "PYTHONPATH": str(built), "MPLBACKEND": "Agg", "PYTHONDONTWRITEBYTECODE": "1"}
    settings["OPENBLAS_NUM_THREADS"] = "1"  # as the judge: threads that wait for a busy core cost minutes
    command = [sys.executable, "-P", "-W", "error", *arguments]
    done = subprocess.run(command, env=settings, cwd=folder, capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


@every_module
def test_reference_passes(module: Module, prefix) -> None:
    report = verdict(module, prefix(module.number))
    assert report.passed, complaints(report)


@every_module
def test_stripped_fails_every_check(module: Module, tmp_path: Path) -> None:
    mine = tmp_path / f"{module.stem}.py"
    mine.write_text(stripped(module), "utf-8")
    report = verdict(module, build(module.number, tmp_path / "build", {module.number: mine}), mine)
    assert not report.passed
    assert [result.id for result in report.results if result.passed] == []


@every_module
def test_examples_in_docstrings(module: Module, prefix, tmp_path: Path) -> None:
    script = (
        f"import doctest, {module.import_name} as module\n"
        "failed, tried = doctest.testmod(module)\n"
        "assert tried and not failed, f'{failed} of {tried} examples are wrong'\n"
    )
    python("-c", script, built=prefix(module.number), folder=tmp_path)


@every_module
def test_chapter_runs_from_top_to_bottom(module: Module, prefix, tmp_path: Path) -> None:
    python(str(source(module)), built=prefix(module.number), folder=tmp_path)


def test_nothing_of_a_tier_is_installed_here(tmp_path: Path) -> None:
    """A name that a prefix lacks must not be found in an installed wheel."""
    command = [sys.executable, "-P", "-c", "import tinytorch"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True)
    assert b"No module named 'tinytorch'" in done.stderr
