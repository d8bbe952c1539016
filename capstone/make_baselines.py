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
from reference import FOLDER, read_track, tracks, write_weights

from tinytorch import manual_seed
from tinytorch.acceleration import accelerate
from tinytorch.optim import AdamW
from tinytorch.training import CosineAnnealingLR

SEED = 2018
BATCH = 64
JUDGED = 2000  # requests
# Epochs, examples in each of them at most, and the rate of learning at first.
TRAINING = {
    "digits-cnn": (10, 4_000, 0.003),
    "cifar10-cnn": (6, 10_000, 0.002),
    "tinytalks-transformer": (40, 2_500, 0.003),
}


def trained(track, epochs, examples, rate):
    """The track's model after its epochs, on examples that are varied anew in each."""
    manual_seed(SEED)
    rng, model = np.random.default_rng(SEED), track.build().train()
    inputs, labels = track.training_data()
    optimizer = AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    schedule = CosineAnnealingLR(optimizer, epochs * -(-examples // BATCH))
    for epoch in range(epochs):
        start, order, total = time.perf_counter(), rng.permutation(len(inputs))[:examples], 0.0
        for first in range(0, len(order), BATCH):
            rows = order[first : first + BATCH]
            optimizer.zero_grad()
            loss = track.loss(model, track.vary(inputs[rows], rng), labels[rows])
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(rows)
        print(f"{track.name}  epoch {epoch + 1}/{epochs}  loss {total / len(order):.4f}  "
              f"{time.perf_counter() - start:.1f} s", flush=True)
    return model.eval()


def accuracy_of(track, predict):
    """The fraction of right answers to many requests, some at a time."""
    inputs, labels = track.draw(SEED, JUDGED)
    parts = [slice(first, first + BATCH) for first in range(0, JUDGED, BATCH)]
    return np.concatenate([track.right(predict(inputs[part]), labels[part]) for part in parts]).mean()


def written(track, model):
    """The weights' file, and its SHA-256 and the accuracy in the track's TOML."""
    path = FOLDER / track.weights["file"]
    path.parent.mkdir(exist_ok=True)
    write_weights(model, path)
    content = path.read_bytes()
    accuracy = accuracy_of(track, track.baseline_predict(model))
    sheet = FOLDER / "tracks" / f"{track.name}.toml"
    text = re.sub(r'sha256 = ".*"', f'sha256 = "{hashlib.sha256(content).hexdigest()}"', sheet.read_text("utf-8"))
    sheet.write_text(re.sub(r"accuracy = [\d.]+", f"accuracy = {accuracy:.4f}", text), "utf-8")
    print(f"{track.name}: {accuracy:.2%} of {JUDGED:,} requests, {len(content):,} bytes", flush=True)


if __name__ == "__main__":
    with accelerate():
        for name in sys.argv[1:] or tracks():
            track = read_track(name)
            written(track, trained(track, *TRAINING[name]))
