"""Notebooks: the same bytes each time, valid, and NBGrader's own preprocessors agree with our stripping."""

from __future__ import annotations

import warnings

import nbformat
import pytest
from house import course, source, stripped

from tinytorch_course.strip import to_notebook
from tinytorch_course.tangle.manifest import Module
from tinytorch_course.tangle.modulefile import Cell, expand_metadata, read_module

with warnings.catch_warnings():
    # not ours to mend: NBGrader and what it imports warn of their own future
    warnings.simplefilter("ignore")
    from nbgrader.preprocessors import (
        CheckCellMetadata,
        ClearHiddenTests,
        ClearSolutions,
        ComputeChecksums,
        LockCells,
    )
    from traitlets.config import Config

every_module = pytest.mark.parametrize("module", course(), ids=lambda module: module.stem)


def instructor_cell(cell: Cell) -> nbformat.NotebookNode:
    """A cell as NBGrader's instructor has it: the answer in, our hints out, metadata in full."""
    lines = [line for line in cell.lines if not line.startswith("#| hint")]
    text = "\n".join(lines).strip("\n") if cell.kind == "code" else cell.text()
    made = nbformat.v4.new_code_cell(text) if cell.kind == "code" else nbformat.v4.new_markdown_cell(text)
    made.metadata = nbformat.from_dict(expand_metadata(cell.metadata))
    return made


def released(module: Module) -> nbformat.NotebookNode:
    """The reference after NBGrader's own steps for a release."""
    cells = [instructor_cell(cell) for cell in read_module(source(module)).cells]
    notebook = nbformat.v4.new_notebook(cells=cells)
    for step in (CheckCellMetadata, LockCells, ClearSolutions, ClearHiddenTests, CheckCellMetadata):
        notebook, _ = step(config=Config()).preprocess(notebook, {})
    return notebook


@every_module
def test_same_bytes_each_time(module: Module) -> None:
    assert to_notebook(stripped(module)) == to_notebook(stripped(module))


@every_module
def test_valid(module: Module) -> None:
    nbformat.validate(nbformat.reads(to_notebook(stripped(module)), as_version=4))


@every_module
def test_clear_solutions_gives_what_ours_gives(module: Module) -> None:
    ours = nbformat.reads(to_notebook(stripped(module)), as_version=4).cells
    theirs = released(module).cells
    assert len(ours) == len(theirs)
    for mine, other in list(zip(ours, theirs, strict=True))[1:]:  # the first is the header, which we expand
        assert mine.source.strip() == other.source.strip()
        assert mine.metadata.get("nbgrader") == other.metadata.get("nbgrader")


@every_module
def test_preprocessors_accept_ours(module: Module) -> None:
    notebook = nbformat.reads(to_notebook(stripped(module)), as_version=4)
    for step in (CheckCellMetadata, LockCells, ClearHiddenTests, ComputeChecksums):
        notebook, _ = step(config=Config()).preprocess(notebook, {})
    graded = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    assert graded
    assert all(cell.metadata.nbgrader.checksum for cell in graded)
    assert all(cell.metadata.editable is False for cell in graded if cell.metadata.nbgrader.locked)
