"""The process that a model runs in: `python -I -S worker.py MODE FOLDER [SITE]`, confined.

FOLDER is all that it has: `tree` (tinytorch), `capstone` (the track), `entry.py` and `model.safetensors`. It answers
whatever arrives on its channel, one array for one array. Nothing else that it says is believed, so there is no harm in
running it in the same process as code that nobody trusts.
"""

from __future__ import annotations

import os
import random
import runpy
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def main(mode: str, track_name: str, folder: Path, sites: list[str]) -> int:
    sys.path[:] = [str(folder), str(folder / "tree"), str(folder / "capstone"), *sys.path, *sites]
    import protocol  # type: ignore[import-not-found,unused-ignore]
    from reference import read_track  # type: ignore[import-not-found,unused-ignore]

    channel = socket.socket(fileno=int(os.environ["TINYTORCH_CHANNEL"])) if "TINYTORCH_CHANNEL" in os.environ else None
    track = read_track(track_name)
    if mode == "optimize":
        optimize(track, folder)
        return 0
    assert channel is not None
    predict = reference(track) if mode.endswith("baseline") else candidate(track, folder)
    if mode.startswith("profile"):
        predict = profiled(predict)
    protocol.send(channel, protocol.READY)
    while (inputs := protocol.receive(channel, largest=1 << 30)) is not None:
        protocol.send(channel, as_array(predict(inputs.copy())))
    return 0


def reference(track: Any) -> Callable[[Any], Any]:
    predict: Callable[[Any], Any] = track.baseline_predict(track.baseline())
    return predict


def entry(folder: Path, name: str) -> Callable[..., Any]:
    functions = runpy.run_path(str(folder / "entry.py"))
    if not callable(functions.get(name)):
        raise TypeError(f"entry.py defines no function {name}")
    found: Callable[..., Any] = functions[name]
    return found


def candidate(track: Any, folder: Path) -> Callable[[Any], Any]:
    """What `load` of the entry makes of a fresh model and the artefact."""
    from safetensors.numpy import load_file

    from tinytorch import manual_seed

    manual_seed(0)
    predict = entry(folder, "load")(track.build(), load_file(folder / "model.safetensors"))
    if not callable(predict):
        raise TypeError(f"load returned a {type(predict).__name__}: a function predict(inputs) is expected")
    return predict  # type: ignore[no-any-return]


def optimize(track: Any, folder: Path) -> None:
    """Run `optimize` of the entry on the baseline and the training data; its state goes into a file."""
    import numpy as np
    from safetensors.numpy import save_file

    from tinytorch import manual_seed

    inputs, labels = (np.load(folder / f"{name}.npy", allow_pickle=False) for name in ("inputs", "labels"))
    function = entry(folder, "optimize")
    seed = int((folder / "seed.txt").read_text())
    manual_seed(seed)
    np.random.seed(seed % 2**32)
    random.seed(seed)
    model = function(track.baseline(), (inputs, labels))
    if not callable(getattr(model, "state_dict", None)):
        raise TypeError(f"optimize returned a {type(model).__name__}: the model is expected, a Module")
    arrays = {name: as_array(value) for name, value in model.state_dict().items()}
    save_file({name: array.copy(order="C") for name, array in arrays.items()}, "model.safetensors")


def profiled(predict: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """In place of the answers: operations and bytes moved, as module 14 counts them."""
    import numpy as np

    from tinytorch.profiling import Profiler

    def count(inputs: Any) -> Any:
        with Profiler() as profiler:
            predict(inputs)
        rows = profiler.by_operation().values()
        return np.array([sum(row.flops or 0 for row in rows), sum(row.bytes or 0 for row in rows)], "<i8")

    return count


def as_array(value: Any) -> Any:
    """Also for a Tensor. This is where whatever was put off has to be done."""
    import numpy as np

    return np.asarray(getattr(value, "data", value) if not isinstance(value, np.ndarray) else value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4:]))
