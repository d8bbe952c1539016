"""Two tiers, installed in every way and every mix of ways: the same names, the same messages."""

from __future__ import annotations

import pytest

PROBE = """
    import importlib.metadata
    import tinytorch
    from tinytorch.nn import Arm, Linear, ReLU
    from tinytorch.robotics import Gripper
    from tinytorch.training import Trainer
    assert tinytorch.awake == [True]
    assert isinstance(Arm.joint, Linear)
    assert tinytorch.robotics.Gripper is Gripper
    assert {"Arm", "Linear", "ReLU"} <= set(tinytorch.nn.__all__) & set(dir(tinytorch.nn))
    for point in importlib.metadata.entry_points(group="tinytorch.tiers"):
        project = point.load().PROJECT
        files = sorted(path.name for path in project.iterdir() if not path.name.startswith((".", "_")))
        print(point.name, (project / "modules").is_dir(), "tier.toml" in files, "hatch_build.py" in files)
"""
COMPLETE = "foundation True True True\nrobotics True True True\n"
WAYS = ["wheel", "folder", "editable"]


@pytest.fixture
def install(repository, environment, build, tmp_path):
    def install(**ways: str) -> None:
        arguments: list[object] = []
        for name, way in ways.items():
            project = repository.root / "packages" / name
            if way == "wheel":
                arguments.append(build(project, tmp_path / "wheels"))
            elif way == "sdist":
                arguments.append(build(project, tmp_path / "wheels", "-t", "sdist"))
            else:
                arguments += ["-e", project] if way == "editable" else [project]
        environment.install(*arguments)

    return install


@pytest.mark.parametrize("robotics", WAYS)
@pytest.mark.parametrize("foundation", WAYS)
def test_every_mix(install, environment, foundation, robotics):
    install(foundation=foundation, robotics=robotics)
    assert sorted(environment.run(PROBE).splitlines(True)) == sorted(COMPLETE.splitlines(True))


def test_from_sdists(install, environment):
    install(foundation="sdist", robotics="sdist")
    assert environment.run(PROBE)


def test_one_tier_alone(install, environment):
    install(foundation="wheel")
    said = environment.run(
        """
        import tinytorch, tinytorch.nn
        print(*tinytorch.nn.__all__)
        try:
            tinytorch.nn.Arm
        except ImportError as error:
            print(error)
        """
    )
    names, problem = said.splitlines()
    assert names == "Linear ReLU Softmax"
    assert problem.endswith("not installed. Install it: pip install tinytorch-robotics")


@pytest.mark.parametrize("way", ["wheel", "editable"])
def test_a_tier_comes_and_goes(install, environment, way):
    names = "import tinytorch.nn\nprint(*tinytorch.nn.__all__)"
    install(foundation=way)
    install(robotics=way)
    assert environment.run(names) == "Arm Linear ReLU Softmax\n"
    environment.uninstall("tinytorch-robotics")
    assert environment.run(names) == "Linear ReLU Softmax\n"


def test_a_tier_that_nobody_here_knows(install, environment, repository):
    """A third party's: foundation was built without a word of it."""
    away = repository.root / "elsewhere"
    (repository.root / "packages/robotics").rename(away)
    install(foundation="wheel")
    away.rename(repository.root / "packages/robotics")
    install(robotics="wheel")
    assert environment.run(PROBE)


def test_an_editable_install_follows_its_source(install, environment, repository):
    install(foundation="editable")
    names = "import tinytorch.nn\nprint(*tinytorch.nn.__all__)"
    (repository.foundation / "modules/03_layers.py").unlink()
    with (repository.foundation / "src/tinytorch/__init__.py").open("a") as file:
        file.write("\nprint('live')\n")
    assert environment.run(names) == "live\nLinear ReLU Softmax\n"  # tangled when it was installed
    install(foundation="editable")
    assert environment.run(names) == "live\nReLU Softmax\n"
    leftovers = {path.name for path in (repository.foundation / ".tangled").rglob("*.py")}
    assert "layers.py" not in leftovers


def test_the_learners_tree_comes_before_an_installed_reference(install, environment, repository):
    from tinytorch_course.student import build_tree

    install(foundation="wheel", robotics="wheel")
    mine = environment.folder / "build"
    build_tree(repository.foundation, repository.sources(1, 3), mine)
    said = environment.run(
        f"""
        import sys
        sys.path.insert(0, {str(mine)!r})
        import tinytorch
        from tinytorch.nn import layers
        print(tinytorch.nn.Linear.__module__, layers.__file__.startswith({str(mine)!r}), tinytorch.awake)
        from tinytorch.nn import Arm
        try:
            from tinytorch.nn.activations import ReLU
        except ImportError as error:
            print(error)
        """
    )
    assert said.splitlines()[0] == "tinytorch.nn.layers True []"
    assert "module 02 (Activations), which your build lacks" in said
