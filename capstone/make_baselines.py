"""Trains the baselines of the tracks, writes them to baselines/, and their SHA-256 and accuracy into the TOML files.

    python capstone/make_baselines.py [TRACK ...]

The same versions on the same kind of machine give the same file.
"""

import hashlib
import os
import re
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is there: the same sums on any number of cores

import numpy as np
from reference import END, FOLDER, read_track, tracks
from safetensors.numpy import save

from tinytorch import manual_seed
from tinytorch.acceleration import accelerate
from tinytorch.nn import CrossEntropyLoss
from tinytorch.optim import AdamW
from tinytorch.training import CosineAnnealingLR

SEED = 2018
BATCH = 64
JUDGED = 2000  # requests
TRAINING = {"digits-cnn": (12, 0.003), "cifar10-cnn": (12, 0.002), "tinytalks-transformer": (40, 0.003)}


def image_loss(model, x, y):
    return CrossEntropyLoss()(model(x), y)


def text_loss(model, prompts, answers):
    """Of the answer's tokens up to the first END; the question is given, and need not be foretold."""
    rows = np.concatenate([prompts, answers], axis=1)
    said = model(rows[:, :-1])[:, prompts.shape[1] - 1 :]
    ends = answers == END
    counted = np.cumsum(ends, axis=1) - ends == 0
    return CrossEntropyLoss()(said[counted], answers[counted])


def trained(track, epochs, rate):
    """The track's model after its epochs, on examples that are varied anew in each."""
    manual_seed(SEED)
    rng, model = np.random.default_rng(SEED), track.build()
    inputs, labels = track.training_data()
    loss_of = image_loss if track.model["kind"] == "cnn" else text_loss
    optimizer = AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    schedule = CosineAnnealingLR(optimizer, epochs * -(-len(inputs) // BATCH))
    for epoch in range(epochs):
        start, order, total = time.perf_counter(), rng.permutation(len(inputs)), 0.0
        for first in range(0, len(order), BATCH):
            rows = order[first : first + BATCH]
            optimizer.zero_grad()
            loss = loss_of(model, track.vary(inputs[rows], rng), labels[rows])
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(rows)
        print(f"{track.name}  epoch {epoch + 1}/{epochs}  loss {total / len(order):.4f}  "
              f"{time.perf_counter() - start:.1f} s", flush=True)
    return model.eval()


def written(track, model):
    """The weights' file, and its SHA-256 and the accuracy in the track's TOML."""
    arrays = {name: np.array(value.data, order="C") for name, value in model.state_dict().items()}
    content = save(arrays)
    path = FOLDER / track.weights["file"]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    inputs, labels = track.draw(SEED, JUDGED)
    accuracy = track.right(track.baseline_predict(model)(inputs), labels).mean()
    sheet = FOLDER / "tracks" / f"{track.name}.toml"
    text = re.sub(r'sha256 = ".*"', f'sha256 = "{hashlib.sha256(content).hexdigest()}"', sheet.read_text("utf-8"))
    sheet.write_text(re.sub(r"accuracy = [\d.]+", f"accuracy = {accuracy:.4f}", text), "utf-8")
    print(f"{track.name}: {accuracy:.2%} of {JUDGED:,} requests, {len(content):,} bytes", flush=True)


if __name__ == "__main__":
    with accelerate():
        for name in sys.argv[1:] or tracks():
            track = read_track(name)
            written(track, trained(track, *TRAINING[name]))
