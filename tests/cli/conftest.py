"""A learner's machine in a temporary folder: small tiers as if they were installed, and `tt` run in it.

Expected output stands whole in text files beside the tests. `UPDATE_EXPECTED=1 pytest tests/cli` writes them
anew, for the difference to be read before it is committed.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

from tinytorch_course import cli

FAKE = Path(__file__).parent / "fake"
ANSWERS = {path.stem: path for path in FAKE.glob("*/modules/*.py")}


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
    typed: str = ""

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
            input=self.typed,
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
            forget_tiers()
            importlib.invalidate_caches()
            code = cli.main(list(arguments))
            forget_tiers()
            shown.flush()
            return shown.buffer.getvalue().decode(), code

    def normal(self, text: str) -> str:
        """The text without what differs from run to run."""
        text = text.replace(str(self.folder), "WORKSPACE").replace(str(self.folder.parent), "TMP")
        text = re.sub(r"\b\d+\.\d s \(", "N s (", text)
        text = re.sub(r"\b\d+ MB \(", "N MB (", text)
        text = re.sub(r"student\.[0-9a-f]{8}", "student.HASH", text)
        text = re.sub(r"\(\d+ MB\)", "(N MB)", text)
        text = re.sub(r"(searched|wheels)( +)\d+\b", r"\1\2N", text)
        text = re.sub(r"Python 3\.\d+ on [\w-]+", "Python 3.N on MACHINE", text)
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

    def install(self, tier: str) -> None:
        install(self.site, tier)

    def register(self, tier: str, version: str = "0.1.0") -> None:
        register(self.site, tier, version)

    def install_package(self) -> None:
        """What the wheels of both tiers put on the path: all modules, all right."""
        for tier in ("foundation", "charts"):
            shutil.copytree(FAKE / tier / "src/tinytorch", self.site / "tinytorch", dirs_exist_ok=True)
        targets = {"01_box": "core/box", "02_stats": "core/stats", "03_scaling": "scaling"}
        for stem, target in {**targets, "04_bars": "charts/bars", "05_axis": "charts/axis"}.items():
            shutil.copy(ANSWERS[stem], self.site / f"tinytorch/{target}.py")

    def uninstall(self, tier: str = "foundation") -> None:
        """A tier is not installed; what is left hides one that the tests' own environment may hold."""
        shutil.rmtree(self.site / f"tinytorch_{tier}")
        (entries,) = self.site.glob(f"tinytorch_{tier}-*.dist-info/entry_points.txt")
        entries.write_text(f"[tinytorch.tiers]\n{tier} = no_such_package\n", "utf-8")

    def replace_by_own_build(self, tier: str = "foundation") -> None:
        """What `tt build` does to an installed reference."""
        carrier = self.site / f"tinytorch_{tier}/__init__.py"
        carrier.write_text(carrier.read_text("utf-8").replace("'reference'", "'student'"), "utf-8")

    def add_milestone(self, name: str = "1801_means", tier: str = "foundation") -> None:
        folder = self.folder / f".tinytorch/{tier}/milestones"
        folder.mkdir()
        shutil.copy(FAKE / f"{name}.py", folder)

    def sides(self) -> dict[str, str]:
        return {row["module"]: row["side"] for row in json.loads(self.tt("status", "--json").text)["modules"]}


def forget_tiers() -> None:
    for name in [n for n in sys.modules if re.fullmatch("tinytorch_(?!course)[a-z]+", n)]:
        del sys.modules[name]


def install(site: Path, tier: str = "foundation") -> None:
    """What an installed wheel of a small tier leaves in site-packages."""
    carrier = site / f"tinytorch_{tier}"
    shutil.copytree(FAKE / tier, carrier / "project", ignore=shutil.ignore_patterns("__pycache__"))
    (carrier / "__init__.py").write_text(
        "from pathlib import Path\nBUILD = 'reference'\nPROJECT = Path(__file__).parent / 'project'\n", "utf-8"
    )
    register(site, tier)


def register(site: Path, tier: str, version: str = "0.1.0") -> None:
    """What tells Python of the wheel of a tier."""
    info = site / f"tinytorch_{tier}-{version}.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: tinytorch-{tier}\nVersion: {version}\n", "utf-8"
    )
    (info / "entry_points.txt").write_text(f"[tinytorch.tiers]\n{tier} = tinytorch_{tier}\n", "utf-8")


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
def both(learner: Learner) -> Learner:
    """A workspace in which module 01 was just started, and a second tier above the first installed."""
    learner.install("charts")
    return learner


@pytest.fixture
def handed_out(both: Learner) -> Learner:
    """Configuration 3 in small: a workspace of the upper tier, without answers, over the installed reference."""
    both.tt("start", "04")
    both.tt("start", "05")
    for name in ("foundation", "reference"):
        shutil.rmtree(both.folder / ".tinytorch" / name)
    both.path("01_box").unlink()
    (both.folder / ".tinytorch/state.json").unlink()
    both.uninstall("charts")
    return both


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment of its own that sees the packages of this one."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    (site,) = [p for p in folder.rglob("site-packages") if p.is_dir()]
    seen = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "seen.pth").write_text(
        "".join(f"import site; site.addsitedir({p!r})\n" for p in sorted(seen)), "utf-8"
    )
    return folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"


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
