"""What the environment of a test holds."""

import importlib.metadata

from packaging.requirements import Requirement


def closure(*names):
    """Distributions of this environment, with what they need."""
    found, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            needed = map(Requirement, importlib.metadata.requires(name) or [])
            waiting += [one.name for one in needed if one.marker is None or one.marker.evaluate({"extra": ""})]
    return found
