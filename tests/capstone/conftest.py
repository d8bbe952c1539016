"""The competition's folder."""

import importlib.util
import sys

import pytest
from house import ROOT

FOLDER = ROOT / "capstone"


@pytest.fixture(scope="session")
def reference():
    """capstone/reference.py as a module."""
    spec = importlib.util.spec_from_file_location("reference", FOLDER / "reference.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["reference"] = module  # dataclasses look it up there
    spec.loader.exec_module(module)
    return module
