"""The tool on the real tiers: nothing of the small ones stands in for them here."""

import json
import shutil

import pytest
from cells import fill
from house import project, source, tiers


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
            bare.register(tier.name)
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
    assert tiers_of["foundation"] == "0.1.0"
    assert tiers_of["architectures"] is None
