"""The JSON Schemas (2020-12) of what this tier reads, one file a version."""

import json
from importlib.resources import files
from typing import Any


def load(name: str = "submission-1") -> dict[str, Any]:
    """The schema of that name, for example "submission-1"."""
    schema: dict[str, Any] = json.loads(files(__name__).joinpath(f"{name}.json").read_text("utf-8"))
    return schema
