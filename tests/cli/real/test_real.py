"""The tool on the real tiers: nothing of the small ones stands in for them here."""

import json
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
from cells import fill
from house import ROOT, project, source, tiers
from installed import closure
from zips import inside

from tinytorch_course.answers import TELLING
from tinytorch_course.kits import version_of
from tinytorch_course.wheels import repack

pytestmark = pytest.mark.long
REGION = re.compile(r"(?s)### BEGIN SOLUTION\n(.*?)### END SOLUTION")


@pytest.fixture
def real(bare):
    """A learner on whose machine the real tiers are installed, from the sources."""
    shutil.rmtree(bare.site)
    for tier in tiers():
        if all(source(module).is_file() for module in tier.modules):
            carrier = bare.site / tier.carrier
            carrier.mkdir(parents=True)
            (carrier / "__init__.py").write_text(
                f"from pathlib import Path\nPROJECT = Path({str(project(tier.modules[0]))!r})\n", "utf-8"
            )
            bare.register(tier.name, version_of(project(tier.modules[0])))
    return bare


def modules_of(name, learner):
    """The modules of a tier; a tier that is still being written is not installed."""
    if not (learner.site / f"tinytorch_{name}").is_dir():
        pytest.skip(f"modules of {name} are missing")
    return next(tier.modules for tier in tiers() if tier.name == name)


def answer(learner, module):
    learner.tt("start", module.label)
    path = learner.path(module.stem)
    path.write_text(fill(path.read_text("utf-8"), source(module).read_text("utf-8")), "utf-8")


def test_from_the_first_module_to_a_milestone(real):
    assert real.tt("start").code == 0
    untouched = json.loads(real.tt("check", "--json").text)
    assert untouched["points"] == 0
    assert not any(check["passed"] for check in untouched["checks"])
    for module in modules_of("foundation", real)[:4]:
        answer(real, module)
    run = real.tt("check", "--through", "04")
    assert run.code == 0, run.text
    milestone = real.tt("milestone", "1958")
    assert milestone.code == 0, milestone.text


@pytest.mark.parametrize(("name", "label"), [("foundation", "07"), ("architectures", "09")])
def test_a_later_module_on_top_of_the_reference(real, name, label):
    module = next(m for m in modules_of(name, real) if m.label == label)
    assert real.tt("start", label).code == 0
    assert real.tt("check").code == 1
    answer(real, module)
    run = real.tt("check")
    assert run.code == 0, run.text
    sides = real.sides()
    assert [n for n, side in sides.items() if side == "mine"] == [label]
    assert {side for n, side in sides.items() if n < label} == {"reference"}


def test_modules_of_both_tiers_and_a_wheel_of_each(real):
    """The whole of the upper tier, and of the lower one what its code imports first."""
    for module in (*modules_of("foundation", real)[:1], *modules_of("architectures", real)):
        answer(real, module)
    run = real.tt("check", "--through", module.label)
    assert run.code == 0, run.text
    assert real.tt("build", "--no-install").code == 0
    names = sorted(path.name.partition("-")[0] for path in (real.folder / "dist").iterdir())
    assert names == ["tinytorch_architectures", "tinytorch_foundation"]


def test_a_hand_out_on_installed_tiers_below(real):
    """Configuration 3: the reference of the tiers below is what is installed, and nothing but."""
    module = modules_of("architectures", real)[0]
    answer(real, module)
    for name in ("foundation", "reference"):
        shutil.rmtree(real.folder / ".tinytorch" / name)
    run = real.tt("check")
    assert run.code == 0, run.text
    tiers_of = {tier["tier"]: tier["installed"] for tier in json.loads(real.tt("status", "--json").text)["tiers"]}
    assert tiers_of["foundation"] == version_of(ROOT / "packages/foundation")
    assert tiers_of["architectures"] is None


# --- handed out


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """All wheels that an instructor needs: ours from the sources, others from what is installed."""
    out = tmp_path_factory.mktemp("wheels")
    for name in ["course", *(tier.name for tier in tiers() if all(source(m).is_file() for m in tier.modules))]:
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
        subprocess.run(command, cwd=ROOT / "packages" / name, check=True, capture_output=True)
    needed = ("click", "hatchling", "packaging", "pytest", "rich", "tomlkit", "numpy", "safetensors", "jsonschema")
    for name in closure(*needed):
        repack(name, out)
    return out


def hand_out(learner, wheels, *what):
    assert learner.tt("course", "new", "class", *what).code == 0
    folders = ["--wheels", str(wheels), "--wheelhouse", str(wheels)]
    run = learner.tt("course", "handout", *folders, cwd=learner.folder / "class")
    assert run.code == 0, run.text
    path = learner.folder / "class/class.zip"
    with zipfile.ZipFile(path) as archive:
        archive.extractall(learner.folder.parent / "student")
    built = {name.split("/")[2] for name in archive.namelist() if name.endswith("/tier.toml")}
    for tier in built:
        learner.uninstall(tier)
    learner.folder = learner.folder.parent / "student/class"
    return path, built


def write_all(learner, modules):
    for module in modules:
        path = learner.path(module.stem)
        path.write_text(fill(path.read_text("utf-8"), source(module).read_text("utf-8")), "utf-8")


def telling(tier):
    """The lines of answers that stand in what the tier gives beside its modules, with the files."""
    folder = project(tier.modules[0])
    taught = [path.read_text("utf-8") for path in (folder / "modules").glob("*.py")]
    secret = {line.strip() for text in taught for part in REGION.findall(text) for line in part.splitlines()}
    shown = {line.strip() for text in taught for line in REGION.sub("", text).splitlines()}
    found = {}
    for path in (folder / "src").rglob("*.py"):
        lines = {line.strip() for line in path.read_text("utf-8").splitlines()} & secret - shown
        found |= {path.name: told} if (told := {line for line in lines if len(line) >= TELLING}) else {}
    return found


def test_a_configuration_from_hand_out_to_wheel(real, wheels):
    """The third tier over the wheels of those below; the one above comes along, and is not built."""
    taught = modules_of("optimization", real)
    path, built = hand_out(real, wheels, "--config", "3")
    assert built == {"optimization"}
    files = inside(path)
    assert not [name for name in files if "tinytorch_optimization" in name.split(".whl")[-1].split("/")]
    assert [name for name in files if "/tinytorch_capstone-" in name]
    untouched = json.loads(real.tt("check", taught[0].label, "--json").text)
    assert untouched["points"] == 0
    assert telling(next(tier for tier in tiers() if tier.name == "optimization")) == {}
    assert real.sides()["20"] == "reference"
    write_all(real, taught)
    run = real.tt("check", "--through", taught[-1].label)
    assert run.code == 0, run.text
    assert real.tt("build", "--no-install").code == 0
    assert [p.name.partition("-")[0] for p in (real.folder / "dist").iterdir()] == ["tinytorch_optimization"]


def test_a_range_that_ends_with_the_capstone(real, wheels):
    taught = [*modules_of("optimization", real), *modules_of("capstone", real)]
    path, built = hand_out(real, wheels, "--modules", "14-20")
    assert built == {"optimization", "capstone"}
    assert not [name for name in inside(path) if "tinytorch_capstone" in name.split(".whl")[-1].split("/")]
    assert json.loads(real.tt("check", "20", "--json").text)["points"] == 0
    write_all(real, taught)
    run = real.tt("check", "20")
    assert run.code == 0, run.text
    assert set(real.sides().values()) == {"mine", "reference"}
    assert [label for label, side in real.sides().items() if side == "mine"] == [m.label for m in taught]
    assert real.tt("build", "--no-install").code == 0
    names = {p.name.partition("-")[0] for p in (real.folder / "dist").iterdir()}
    assert names == {"tinytorch_optimization", "tinytorch_capstone"}


def test_single_modules_of_two_tiers(real, wheels):
    """A bootcamp: the last module of each of the two highest tiers that are whole."""
    whole = [tier for tier in tiers() if (real.site / f"tinytorch_{tier.name}").is_dir()]
    if len(whole) < 2:
        pytest.skip("modules of the second tier are missing")
    taught = [tier.modules[-1] for tier in whole[-2:]]
    _, built = hand_out(real, wheels, "--modules", ",".join(m.label for m in taught))
    assert built == {module.tier for module in taught}
    write_all(real, taught)
    for module in taught:
        run = real.tt("check", module.label)
        assert run.code == 0, run.text
    assert {label for label, side in real.sides().items() if side == "mine"} == {m.label for m in taught}
