"""The tool on the real foundation tier: nothing of the small tier stands in for it here."""

import json
import shutil

import pytest
from cells import fill

FOUNDATION = "packages/foundation"


@pytest.fixture
def foundation(bare, request):
    """A learner on whose machine the real tier is installed, from the sources."""
    project = request.config.rootpath / FOUNDATION
    (bare.site / "tinytorch_foundation/__init__.py").write_text(
        f"from pathlib import Path\nPROJECT = Path({str(project)!r})\n", "utf-8"
    )
    shutil.rmtree(bare.site / "tinytorch_foundation/project")
    return bare


def answer(learner, project, stem):
    path = learner.path(stem)
    reference = (project / f"modules/{stem}.py").read_text("utf-8")
    path.write_text(fill(path.read_text("utf-8"), reference), "utf-8")


def test_from_the_first_module_to_a_milestone(foundation, request):
    project = request.config.rootpath / FOUNDATION
    assert foundation.tt("start").code == 0
    untouched = json.loads(foundation.tt("check", "--json").text)
    assert untouched["points"] == 0
    assert not any(check["passed"] for check in untouched["checks"])
    stems = sorted(p.stem for p in (project / "modules").glob("*.py"))[:4]
    for stem in stems:
        foundation.tt("start", stem[:2])
        answer(foundation, project, stem)
    run = foundation.tt("check", "--through", "04")
    assert run.code == 0, run.text
    milestone = foundation.tt("milestone", "1958")
    assert milestone.code == 0, milestone.text


def test_a_later_module_on_top_of_the_reference(foundation, request):
    project = request.config.rootpath / FOUNDATION
    assert foundation.tt("start", "07").code == 0
    assert foundation.tt("check").code == 1
    answer(foundation, project, "07_training")
    run = foundation.tt("check")
    assert run.code == 0, run.text
