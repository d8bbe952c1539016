"""What is handed in of a module builds what the module builds, and holds nothing else of it."""

import json

import pytest
from house import course, project, source, tiers

from tinytorch_course.competition import imports
from tinytorch_course.competition.sources import handed_in
from tinytorch_course.student import build_tree
from tinytorch_course.tangle.modulefile import expand_metadata, read_module


def tangled(module, path, out):
    build_tree(project(module), {module.number: path}, out)
    return (out / "tinytorch" / module.target.replace(".", "/")).with_suffix(".py").read_text("utf-8")


@pytest.mark.parametrize("module", course(), ids=lambda module: module.stem)
def test_every_module(module, tmp_path):
    path = tmp_path / f"{module.stem}.py"
    path.write_bytes(handed_in(source(module)))
    assert tangled(module, path, tmp_path / "theirs") == tangled(module, source(module), tmp_path / "whole")
    kept = read_module(path)
    assert not [cell for cell in kept.cells if cell.kind != "code" or cell.test or cell.reflect]
    assert not list(imports.problems(f"modules/{path.name}", path))  # what chapters give is within the rules


def test_a_notebook(tmp_path):
    module = tiers()[0].modules[0]
    cells = [as_json(cell) for cell in read_module(source(module)).cells]
    whole, theirs = (tmp_path / name / f"{module.stem}.ipynb" for name in ("whole", "theirs"))
    for path in (whole, theirs):
        path.parent.mkdir()
    whole.write_text(json.dumps({"cells": cells, "metadata": {"author": "SECRET"}}), "utf-8")
    theirs.write_bytes(handed_in(whole))
    assert b"SECRET" not in theirs.read_bytes()
    assert b"markdown" not in theirs.read_bytes()
    assert tangled(module, theirs, tmp_path / "a") == tangled(module, whole, tmp_path / "b")


def as_json(cell):
    """A cell of a notebook, with what its author saw and noted."""
    found = {"cell_type": cell.kind, "metadata": {"note": "SECRET", **expand_metadata(cell.metadata)}}
    found["source"] = "\n".join(cell.lines) if cell.kind == "code" else "SECRET" + "\n" * (len(cell.lines) - 1)
    if cell.kind == "code":
        found["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "SECRET"}]
    return found
