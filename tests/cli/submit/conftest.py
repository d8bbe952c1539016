"""A learner whose workspace holds the capstone as they wrote it, over the reference of everything below."""

import re
import shutil

import pytest
from cells import fill
from house import ROOT, project, source, tiers

from tinytorch_course.competition import measure
from tinytorch_course.kits import version_of


@pytest.fixture
def real(bare):
    """The real tiers are installed, from the sources."""
    shutil.rmtree(bare.site)
    for tier in tiers():
        carrier = bare.site / tier.carrier
        carrier.mkdir(parents=True)
        project_of = project(tier.modules[0])
        text = f"from pathlib import Path\nPROJECT = Path({str(project_of)!r})\n"
        (carrier / "__init__.py").write_text(text, "utf-8")
        bare.register(tier.name, version_of(project_of))
    return bare


@pytest.fixture
def learner(real):
    """Modules 14 and 20 of theirs, both written."""
    for number in (14, 20):
        (module,) = [module for tier in tiers() for module in tier.modules if module.number == number]
        assert real.tt("start", module.label).code == 0
        path = real.path(module.stem)
        path.write_text(fill(path.read_text("utf-8"), source(module).read_text("utf-8")), "utf-8")
    return real


@pytest.fixture
def rules(tmp_path, monkeypatch):
    """A competition with its numbers changed: rules(optimize_seconds=2) for every track."""

    def change(**numbers):
        folder = tmp_path / "rules"
        shutil.copytree(ROOT / "capstone", folder, ignore=shutil.ignore_patterns("__pycache__"))
        for path in folder.glob("tracks/*.toml"):
            text = path.read_text("utf-8")
            for name, value in numbers.items():
                text, count = re.subn(rf"(?m)^{name} = \S+", f"{name} = {value}", text)
                assert count == 1
            path.write_text(text, "utf-8")
        monkeypatch.setattr(measure, "capstone_folder", lambda: folder)

    return change


@pytest.fixture
def entry(learner):
    """Writes capstone/entry.py: the one to begin with, with one replacement."""

    def write(old="", new=""):
        text = (ROOT / "capstone/entries/digits_start.py").read_text("utf-8")
        assert old in text
        path = learner.folder / "capstone/entry.py"
        path.parent.mkdir()
        path.write_text(text.replace(old, new), "utf-8")
        return path

    return write
