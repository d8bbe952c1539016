"""The examination that submissions meet."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cheats import HONEST, LIMITS, SMALL, TRACK, baseline, fields

from tinytorch_course.competition import archive, measure, verify


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    """The installed references, as one tree."""
    return verify.reference(tmp_path_factory.mktemp("reference"))


@pytest.fixture(scope="session")
def artefact():
    """What `optimize` of the honest entry makes: the baseline's arrays."""
    return baseline().read_bytes()


@pytest.fixture
def refused(base, artefact, tmp_path):
    """Measures an entry on the reference's modules, or other ones; returns the sentence of its refusal."""

    def run(text, seed=7, tree=None, limits=LIMITS):
        (tmp_path / "entry.py").write_text(text, "utf-8")
        (tmp_path / "model.safetensors").write_bytes(artefact)
        job = measure.Job(
            TRACK,
            "closed",
            tmp_path / "entry.py",
            tree or base.tree,
            base.tree,
            tmp_path / "model.safetensors",
            optimize_seed=1,
            request_seed=seed,
            measuring=SMALL,
            limits=limits,
        )
        with pytest.raises(measure.Refused) as caught:
            measure.examine(job, "measure")
        return caught.value.message

    return run


@pytest.fixture
def submit(artefact, tmp_path):
    """Writes the zip of an entry with a claim that was made up; `edit` is done to its JSON as a last step."""

    def write(text=HONEST, edit=None, weights=artefact, more=None, **changes):
        from tinytorch.capstone import Submission

        files = {archive.ENTRY: text.encode(), archive.ARTEFACT: weights, **(more or {})}
        values = Submission.make(**fields(files, **changes)).as_dict()
        if edit is not None:
            edit(values)
        path = tmp_path / "ann.zip"
        archive.write(path, {**files, archive.CLAIM: json.dumps(values).encode()})
        return path

    return write


@pytest.fixture
def examined(base):
    """The record of a submission."""
    options = verify.Options(any_noise=True, seed=11, measuring=SMALL, limits=LIMITS)

    def run(path, **changes):
        return verify.verify(path, base, replace(options, **changes))

    return run

