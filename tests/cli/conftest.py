"""A learner's machine in a temporary folder: a small tier as if it were installed, and `tt` run in it.

Expected output stands whole in text files beside the tests. `UPDATE_EXPECTED=1 pytest tests/cli` writes them
anew, for the difference to be read before it is committed.
"""

from __future__ import annotations

import importlib
import io
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tinytorch_course import cli

FAKE = Path(__file__).parent / "fake"
ANSWERS = {
    "01_box": FAKE / "project/modules/01_box.py",
    "02_stats": FAKE / "project/modules/02_stats.py",
    "03_scaling": FAKE / "project/modules/03_scaling.py",
}


@dataclass(frozen=True)
class Run:
    """One run of `tt`: everything that the terminal showed, and the exit status."""

    text: str
    code: int


@dataclass
class Learner:
    folder: Path
    site: Path
    environment: dict[str, str]

    def tt(self, *arguments: str, cwd: Path | None = None, process: bool = False, **more: str) -> Run:
        """Run `tt`: in this process, which is faster, or as a command of its own.

        A milestone writes to the terminal by itself, so that only a process shows everything.
        """
        run = self._process if process or arguments[:1] == ("milestone",) else self._here
        text, code = run(arguments, cwd or self.folder, self.environment | more)
        assert "Traceback" not in text
        return Run(self.normal(text), code)

    def _process(self, arguments: tuple[str, ...], cwd: Path, environment: dict[str, str]) -> tuple[str, int]:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "tinytorch_course.cli", *arguments],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        return done.stdout, done.returncode

    def _here(self, arguments: tuple[str, ...], cwd: Path, environment: dict[str, str]) -> tuple[str, int]:
        shown = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(cwd)
            patch.setattr(os, "environ", environment)
            patch.setattr(sys, "argv", ["tt", *arguments])
            patch.setattr(sys, "path", [str(self.site), *sys.path])
            patch.setattr(sys, "stdout", shown)
            patch.setattr(sys, "stderr", shown)
            patch.delitem(sys.modules, "tinytorch_foundation", raising=False)
            importlib.invalidate_caches()
            code = cli.main(list(arguments))
            sys.modules.pop("tinytorch_foundation", None)
            shown.flush()
            return shown.buffer.getvalue().decode(), code

    def normal(self, text: str) -> str:
        """The text without what differs from run to run."""
        text = text.replace(str(self.folder), "WORKSPACE").replace(str(self.folder.parent), "TMP")
        text = re.sub(r"\b\d+\.\d s \(", "N s (", text)
        text = re.sub(r"\b\d+ MB \(", "N MB (", text)
        text = re.sub(r"student\.[0-9a-f]{8}", "student.HASH", text)
        text = re.sub(r"\b\d{8}-\d{6}\b", "TIME", text)
        return re.sub(r"\b\d\d:\d\d:\d\d\b", "TIME", text)

    def path(self, stem: str) -> Path:
        return self.folder / "modules" / f"{stem}.py"

    def write(self, stem: str, old: str = "", new: str = "") -> Path:
        """Write the right answers of a module into its file, with one replacement."""
        text = ANSWERS[stem].read_text("utf-8")
        text = re.sub(r"(?m)^ *(# )?### (BEGIN|END) SOLUTION\n", "", text)
        text = re.sub(r"(?m)^#\| hint .*\n", "", text)
        if old:
            assert old in text
            text = text.replace(old, new)
        self.path(stem).write_text(text, "utf-8")
        return self.path(stem)

    def edit(self, stem: str, old: str, new: str) -> Path:
        path = self.path(stem)
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")
        return path

    def hurry(self) -> None:
        """Stop checks after 3 seconds."""
        mark = self.folder / "tinytorch.toml"
        mark.write_text(mark.read_text("utf-8").replace("patience = 4.0", "patience = 0.2"), "utf-8")

    def uninstall(self) -> None:
        """No tier is installed; what is left hides one that the tests' own environment may hold."""
        shutil.rmtree(self.site / "tinytorch_foundation")
        next(self.site.glob("*.dist-info/entry_points.txt")).unlink()

    def add_milestone(self) -> None:
        folder = self.folder / ".tinytorch/foundation/milestones"
        folder.mkdir()
        shutil.copy(FAKE / "1801_means.py", folder)


def install(site: Path, version: str = "0.1.0", build: str = "reference") -> None:
    """What an installed wheel of the small tier leaves in site-packages."""
    carrier = site / "tinytorch_foundation"
    shutil.copytree(FAKE / "project", carrier / "project", ignore=shutil.ignore_patterns("__pycache__"))
    (carrier / "__init__.py").write_text(
        f"from pathlib import Path\nBUILD = {build!r}\nPROJECT = Path(__file__).parent / 'project'\n", "utf-8"
    )
    info = site / f"tinytorch_foundation-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: tinytorch-foundation\nVersion: {version}\n", "utf-8"
    )
    (info / "entry_points.txt").write_text("[tinytorch.tiers]\nfoundation = tinytorch_foundation\n", "utf-8")


@pytest.fixture
def bare(tmp_path: Path) -> Learner:
    """An empty folder, and the small tier installed."""
    folder, site = tmp_path / "course", tmp_path / "site"
    folder.mkdir()
    site.mkdir()
    install(site)
    kept = {k: v for k, v in os.environ.items() if k not in ("VISUAL", "EDITOR", "NO_COLOR", "FORCE_COLOR")}
    # the tool itself stays importable when it was put on the path by hand
    paths = [str(site), *filter(None, [kept.get("PYTHONPATH")])]
    return Learner(
        folder, site, kept | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUTF8": "1", "COLUMNS": "100"}
    )


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with module 01 just started, to be copied."""
    place = tmp_path_factory.mktemp("template")
    site, folder = place / "site", place / "course"
    site.mkdir()
    folder.mkdir()
    install(site)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])}
    subprocess.run(
        [sys.executable, "-P", "-m", "tinytorch_course.cli", "start"],
        cwd=folder,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return folder


@pytest.fixture
def learner(bare: Learner, template: Path) -> Learner:
    """A workspace in which module 01 was just started."""
    shutil.copytree(template, bare.folder, dirs_exist_ok=True)
    return bare


@pytest.fixture
def expect(request: pytest.FixtureRequest):
    """Compare a run with the text file of this name beside the test, and its exit status."""

    def compare(run: Run, name: str, code: int) -> None:
        path = request.path.parent / f"{name}.txt"
        if os.environ.get("UPDATE_EXPECTED"):
            path.write_text(run.text, "utf-8")
        assert run.text == path.read_text("utf-8")
        assert run.code == code

    return compare
