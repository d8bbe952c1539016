"""Finds the tangler, in an sdist, the repository or installed, and hands over. The same in every tier."""

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
for folder, package in (
    (HERE / "_build_support", "tinytorch_tangle"),
    (HERE.parent / "course/src", "tinytorch_course.tangle"),
):
    if folder.joinpath(*package.split("."), "hook.py").is_file():
        sys.path.insert(0, str(folder))
        break
else:
    package = "tinytorch_course.tangle"


def get_build_hook():
    try:
        return importlib.import_module(f"{package}.hook").TierHook
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != package.partition(".")[0]:
            raise
        lines = (
            "this tier is tangled by tinytorch-course, which is not at hand. Write in pyproject.toml",
            '    [build-system] requires = ["hatchling>=1.27", "tinytorch-course"]',
            "or install it here and build without isolation: python -m pip install hatchling tinytorch-course, then",
            "    python -m pip wheel --no-build-isolation --no-deps .",
        )
        raise SystemExit("\n".join(lines)) from None
