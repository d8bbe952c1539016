"""What a build offers, whatever it holds: complete, partial or broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tinytorch_course.student import build_tree

Python = Callable[..., str]


@pytest.fixture
def tree(repository, tmp_path) -> Callable[..., Path]:
    """A student build of foundation from some of its modules, or from other files."""

    def tree(*numbers: int, **others: str) -> Path:
        sources = repository.sources(*numbers)
        for name, text in others.items():
            number = int(name.removeprefix("module"))
            sources[number] = tmp_path / f"{number:02d}_mine.py"
            sources[number].write_text(text)
        build_tree(repository.foundation, sources, tmp_path / "build")
        return tmp_path / "build"

    return tree


def error(python: Python, code: str, *path: Path) -> str:
    """The last line that a failing statement leaves."""
    return python(f"import tinytorch, tinytorch.nn\n{code}", *path)


def test_names_come_from_where_they_belong(tree, python):
    said = python(
        """
        import tinytorch
        from tinytorch import Tensor, tensor
        from tinytorch.core import Tensor as same
        from tinytorch.nn import Linear
        from tinytorch.training import Trainer
        print(same is Tensor is tinytorch.Tensor, Linear.__module__, type(tensor).__name__)
        print(type(tinytorch.core.tensor).__name__, tinytorch.training.Trainer is Trainer)
        """,
        tree(),
    )
    assert said == "True tinytorch.nn.layers function\nmodule True"


def test_subpackages_are_attributes(tree, python):
    code = "import tinytorch as t\nprint(*[p.__name__ for p in (t.core, t.nn, t.optim, t.training)])"
    assert python(code, tree()) == "tinytorch.core tinytorch.nn tinytorch.optim tinytorch.training"


def test_lists_hold_what_is_installed_and_nothing_else(tree, python):
    said = python(
        """
        import tinytorch, tinytorch.core, tinytorch.nn
        from tinytorch._names.absent import given
        for package in (tinytorch, tinytorch.core, tinytorch.nn):
            names = sorted(set(dir(package)) - set(given(package.__name__)))
            print(*package.__all__, "|", *[name for name in names if not name.startswith("_")])
            assert set(given(package.__name__)) <= set(dir(package))
        from tinytorch import *
        print(Tensor, "nn" in globals())
        """,
        tree(1, 2),
    )
    assert said.splitlines() == [
        "Tensor awake tensor | Tensor awake core nn optim tensor",
        "Tensor awake | Tensor awake tensor",
        "ReLU Softmax | ReLU Softmax activations functional init more utils",
        "<class 'tinytorch.core.tensor.Tensor'> False",
    ]


def test_a_module_can_be_called_when_tinytorch_is_imported(tree, python):
    code = "import tinytorch\nprint(tinytorch.awake)"
    assert python(code, tree()) == "[True]"
    assert python(code, tree(1, 2, 3)) == "[]"


def test_version(tree, python):
    assert python("import tinytorch\nprint(tinytorch.__version__)", tree()).startswith("0.1.0+student.")


@pytest.mark.parametrize("name", ["__wrapped__", "_repr_html_", "__file_", "_tensor"])
def test_private_names_fail_at_once(tree, python, name):
    said = error(python, f"tinytorch.nn.{name}", tree())
    assert said.startswith(f"AttributeError: module 'tinytorch.nn' has no attribute '{name}'")


def test_unknown_names(tree, python):
    said = error(python, "tinytorch.nn.Lienar", tree())
    assert said.startswith("AttributeError: module 'tinytorch.nn' has no attribute 'Lienar'")
    said = error(python, "from tinytorch.nn import Lienar", tree())
    assert said.startswith("ImportError: cannot import name 'Lienar' from 'tinytorch.nn'")
    assert error(python, "import tinytorch.nothing", tree()).endswith("No module named 'tinytorch.nothing'")


def test_a_tier_that_is_not_installed(tree, python):
    line = "is built in module 101 (Arm) and ships in tinytorch-robotics, which is not installed. "
    line += "Install it: pip install tinytorch-robotics"
    assert error(python, "from tinytorch.nn import Arm", tree()) == f"ImportError: tinytorch.nn.Arm {line}"
    assert error(python, "tinytorch.nn.Arm", tree()) == f"ImportError: tinytorch.nn.Arm {line}"
    said = error(python, "from tinytorch.nn.arm import Arm", tree())
    assert said == f"ModuleNotFoundError: tinytorch.nn.arm {line}"


def test_a_module_that_is_not_finished(tree, python):
    line = "is built in module 02 (Activations), which your build lacks. "
    line += "Finish modules/02_activations, then run: tt build"
    assert error(python, "from tinytorch.nn import ReLU", tree(1)) == f"ImportError: tinytorch.nn.ReLU {line}"
    said = error(python, "import tinytorch.nn.activations", tree(1))
    assert said == f"ModuleNotFoundError: tinytorch.nn.activations {line}"


def test_a_name_that_the_file_no_longer_defines(tree, python, repository):
    built = tree(module2=repository.module("nn.activations", "class Softmax: pass\n"))
    said = error(python, "from tinytorch.nn import ReLU", built)
    assert said == "ImportError: your build lacks ReLU: module 02 (Activations) does not define it"
    assert python("import tinytorch\nprint(tinytorch.nn.__all__)", built) == "['Linear', 'Softmax']"


BROKEN = {
    "does not parse": "class ReLU:\n  def __init__(self:\n",
    "raises": "class ReLU: pass\nraise RuntimeError('mine')\n",
    "leaves": "import sys\nsys.exit(3)\n",
    "asks for what is not there": "import math\nmath.nothing\n",
}


@pytest.mark.parametrize("code", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("number", [2, 3, 5, 7])
def test_a_broken_module_breaks_its_own_names_only(tree, python, repository, number, code):
    target = {2: "nn.activations", 3: "nn.layers", 5: "core.autograd", 7: "training"}[number]
    built = tree(**{f"module{number}": repository.module(target, code)})
    names = {2: "nn.ReLU", 3: "nn.Linear", 5: "core.enable_autograd", 7: "training.Trainer"}
    said = python(
        f"""
        import tinytorch, importlib
        for number, name in {names!r}.items():
            module, _, name = name.partition(".")
            try:
                getattr(importlib.import_module("tinytorch." + module), name)
                print(number)
            except BaseException as error:
                print(type(error).__name__)
        """,
        built,
        warn="ignore",
    )
    lines = said.splitlines()
    assert [line for line in lines if line.isdigit()] == [str(n) for n in names if n != number]
    assert len(lines) == len(names)


def test_what_stops_an_import_is_not_lost(tree, python, repository):
    """Out of an AttributeError, `from x import y` would make "cannot import name"."""
    built = tree(module2=repository.module("nn.activations", "import math\nmath.nothing\n"))
    said = error(python, "from tinytorch.nn import ReLU", built)
    assert said == (
        "ImportError: tinytorch.nn.ReLU: module 02 (Activations) stops while it is imported: "
        "AttributeError: module 'math' has no attribute 'nothing'"
    )


def test_a_broken_start_is_a_warning(tree, python, repository):
    text = repository.module("core.autograd", "def enable_autograd():\n    raise ValueError('no graph')\n")
    said = python("import tinytorch", tree(module5=text))
    assert said == "RuntimeWarning: tinytorch: module 05 (Autograd) is off: ValueError: no graph"
    text = repository.module("core.autograd", "def enable_autograd(:\n")
    said = python("import tinytorch", tree(module5=text))
    assert said.startswith("RuntimeWarning: tinytorch: module 05 (Autograd) is off: SyntaxError: ")
    unfinished = repository.module(
        "core.autograd", "def enable_autograd():\n    raise NotImplementedError()\n"
    )
    assert python("import tinytorch", tree(module5=unfinished)) == ""


def test_a_file_that_cannot_be_read_says_so_when_it_is_imported(tree, python, tmp_path):
    built = tree(module2="# %%\n#| export\nclass ReLU: pass\n")
    said = error(python, "from tinytorch.nn import ReLU", built)
    assert said.startswith("ImportError: ")
    assert said.endswith("02_mine.py: has no '#| default_exp ...' line (it is in the first code cell)")


def test_an_import_in_a_circle(tree, python, repository):
    text = repository.module("nn.activations", "from tinytorch.nn import Softmax\nclass ReLU: pass\n")
    said = error(python, "tinytorch.nn.ReLU", tree(module2=text))
    assert said.endswith("is used while module 02 (Activations) that defines it is still being imported")


def test_a_complete_copy_further_back_does_not_fill_the_gaps(tree, python, repository, tmp_path):
    """What the learner's build lacks is not taken from the reference."""
    build_tree(repository.foundation, repository.sources(), tmp_path / "reference")
    mine = tree(1, 5)
    said = error(python, "from tinytorch.nn import ReLU", mine, tmp_path / "reference")
    assert "module 02 (Activations), which your build lacks" in said
    said = error(python, "from tinytorch.nn.activations import ReLU", mine, tmp_path / "reference")
    assert "module 02 (Activations), which your build lacks" in said
    said = python(
        "import tinytorch\nprint({'ReLU', 'activations'} & set(dir(tinytorch.nn)), tinytorch.nn.__all__)",
        mine,
        tmp_path / "reference",
    )
    assert said == "set() []"


def test_two_tiers_share_a_build_folder(repository, python, tmp_path):
    build_tree(repository.foundation, repository.sources(), tmp_path / "build")
    arm = repository.robotics / "modules/101_arm.py"
    build_tree(repository.robotics, {101: arm}, tmp_path / "build")
    code = "import tinytorch\nprint(tinytorch.nn.Arm.joint, tinytorch.nn.Arm.__module__)"
    assert "tinytorch.nn.arm" in python(code, tmp_path / "build")
    build_tree(repository.foundation, repository.sources(1, 3), tmp_path / "build")
    assert "tinytorch.nn.arm" in python(code, tmp_path / "build")
    assert not (tmp_path / "build/tinytorch/nn/activations.py").exists()


@pytest.fixture
def data(repository, tmp_path) -> Callable[[str], Path]:
    """A build of tiers that both ship a dataset, or of one of them."""
    for project, name in ((repository.foundation, "Digits"), (repository.robotics, "Moves")):
        manifest = project / "tier.toml"
        manifest.write_text(manifest.read_text().replace("order =", f'datasets = ["{name}"]\norder ='))
        folder = project / "src/tinytorch/datasets"
        folder.mkdir()
        (folder / f"{name.lower()}.py").write_text(f"class {name}: pass\n")
    own = repository.foundation / "src/tinytorch/datasets/__init__.py"
    own.write_text((repository.foundation / "src/tinytorch/nn/__init__.py").read_text())

    def data(*names: str) -> Path:
        build_tree(repository.foundation, repository.sources(), tmp_path / "build")
        if "robotics" in names:
            build_tree(repository.robotics, {}, tmp_path / "build")
        return tmp_path / "build"

    return data


def test_a_dataset_of_another_tier(data, python):
    """It needs no module of its tier, and is read when it is asked for."""
    said = python(
        """
        import sys, tinytorch.datasets as d
        print(*[name for name in sys.modules if name.startswith("tinytorch.datasets.")], *d.__all__)
        print(*[name for name in dir(d) if not name.startswith("_")])
        from tinytorch.datasets import *
        print(Digits.__module__, Moves.__module__, d.moves.Moves is Moves)
        """,
        data("robotics"),
    )
    assert said.splitlines() == [
        "Digits Moves",
        "Digits Moves digits moves",
        "tinytorch.datasets.digits tinytorch.datasets.moves True",
    ]


def test_a_dataset_of_a_tier_that_is_not_installed(data, python):
    built = data()
    line = "ships in tinytorch-robotics, which is not installed. Install it: pip install tinytorch-robotics"
    for code in ("from tinytorch.datasets import Moves", "tinytorch.datasets.Moves"):
        assert error(python, code, built) == f"ImportError: tinytorch.datasets.Moves {line}"
    said = error(python, "import tinytorch.datasets.moves", built)
    assert said == f"ModuleNotFoundError: tinytorch.datasets.moves {line}"
    assert python("import tinytorch\nprint(tinytorch.datasets.__all__)", built) == "['Digits']"
    assert python("import tinytorch\nprint('moves' in dir(tinytorch.datasets))", built) == "False"


def test_a_dataset_that_stops_while_it_is_imported(data, python):
    built = data("robotics")
    (built / "tinytorch/datasets/moves.py").write_text("import math\nmath.nothing\n")
    said = error(python, "from tinytorch.datasets import Moves", built)
    assert said == (
        "ImportError: tinytorch.datasets.Moves: the dataset Moves stops while it is imported: "
        "AttributeError: module 'math' has no attribute 'nothing'"
    )


def test_a_table_of_before_there_were_datasets(data, python):
    built = data("robotics")
    table = built / "tinytorch/_tiers/robotics.py"
    table.write_text(table.read_text().partition("DATASETS")[0])
    assert python("from tinytorch.datasets import Digits, Moves\nprint(Moves)", built).startswith("<class")


def test_source_without_a_build(repository, python):
    said = python("import tinytorch", repository.foundation / "src")
    problem = "this copy of tinytorch was never built: install it with pip install tinytorch-foundation"
    assert said == f"ImportError: {problem}"
