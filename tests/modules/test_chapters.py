"""Every chapter against every rule that reads."""

from __future__ import annotations

import pytest
from chapter import RULES, Chapter, Rule
from house import catalogue, course, project, source

from tinytorch_course.tangle.manifest import Module
from tinytorch_course.tangle.modulefile import read_module


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("module", course(), ids=lambda module: module.stem)
def test_rule(module: Module, rule: Rule) -> None:
    found = list(rule(Chapter(module, read_module(source(module)), catalogue())))
    assert not found, "\n".join(found)


def test_every_module_of_the_manifest_is_there() -> None:
    assert [module.stem for module in catalogue() if not source(module).is_file()] == []


@pytest.mark.parametrize("module", course(), ids=lambda module: module.stem)
def test_there_are_wrong_answers(module: Module) -> None:
    folder = project(module) / "wrong" / module.label
    assert any(folder.glob("*.py")), f"packages/{module.tier}/wrong/{module.label} has no wrong answers yet: write 8"
