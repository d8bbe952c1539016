"""What a cheat hands in: entries with exchanged functions, and claims that were made up."""

from __future__ import annotations

import math
import textwrap

import pytest

from tinytorch_course import confine
from tinytorch_course.competition import archive, claim, measure, weights
from tinytorch_course.errors import ToolError

TRACK = "digits-cnn"
SMALL = {"processes": 10, "warmup": 1, "requests": 10, "batches": 1, "batch": 16}
LIMITS = {"worker_seconds": 90, "optimize_seconds": 90}  # also where others keep the machine busy
CLAIMED = {"processes": 10, "requests": 10}  # of the samples that a claim makes up
HONEST = '''
TRACK = "digits-cnn"
DIVISION = "closed"
TITLE = "as it is"


def optimize(model, data):
    return model


def honest(model, state):
    from tinytorch import Tensor, no_grad

    model.load_state_dict(state)
    model.eval()

    def predict(inputs):
        with no_grad():
            return model(Tensor(inputs)).data

    return predict


def load(model, state):
    return honest(model, state)
'''


def lacking():
    """What this machine cannot protect from."""
    try:
        return {name for name, reason in confine.protections().items() if reason}
    except ToolError:
        return set(confine.NAMES)


needs_confinement = pytest.mark.skipif(bool(lacking()), reason=f"this machine has no {', '.join(sorted(lacking()))}")


def entry(load="", optimize="", head=""):
    """An honest entry with some of its functions exchanged."""
    text = HONEST
    for name, body in (("load", load), ("optimize", optimize)):
        if body:
            text += f"\n\ndef {name}(model, {'state' if name == 'load' else 'data'}):\n"
            text += textwrap.indent(textwrap.dedent(body).strip("\n"), "    ") + "\n"
    return text + textwrap.dedent(head)


def baseline():
    """The file of the track's baseline."""
    return measure.capstone_folder() / f"baselines/{TRACK}.safetensors"


def stored(path):
    """How many numbers a file of weights holds."""
    return sum(math.prod(shape) for _, shape in weights.read_header(path, 100_000_000).values())


def samples(path=None):
    """Made up, but without a contradiction: as of the baseline's file, or of another one."""
    path = path or baseline()
    size, counted = path.stat().st_size, stored(path)
    seconds = [[0.001 + 0.0001 * i for i in range(CLAIMED["requests"])]] * CLAIMED["processes"]
    counts = {"single_stream": [10] * CLAIMED["processes"], "offline": [160] * CLAIMED["processes"]}
    right = {name: [round(0.97 * count) for count in values] for name, values in counts.items()}
    side = {"single_stream": seconds, "offline": seconds, "offline_items": 16, "correct": right, "asked": counts}
    side |= {"peak_memory_bytes": [50_000_000] * CLAIMED["processes"], "parameters": counted, "file_bytes": size}
    side |= {"flops": 1000, "bytes_moved": 1000}
    return {"baseline": side, "optimized": dict(side)}


def fields(files, **changes):
    """The measured fields of a claim about these files."""
    from tinytorch.capstone import describe_system

    listed = [claim.file_entry(name, data) for name, data in sorted(files.items())]
    sources = [one for one in listed if one["path"] != archive.ARTEFACT]
    made = {
        "name": "Ann",
        "title": "as it is",
        "track": TRACK,
        "division": "closed",
        "seeds": {"optimize": 1, "requests": 2},
        "artefacts": [one for one in listed if one["path"] == archive.ARTEFACT],
        "sources": {"sha256": claim.list_hash(sources), "files": sources},
        "tiers": [{"name": "foundation", "version": "0.1.0", "build": "reference", "sha256": "0" * 64, "modules": []}],
        "system": describe_system(),
        "samples": samples(),
    }
    return made | changes
