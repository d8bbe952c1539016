"""An eighth of the units in the feed-forward layers are gone. What is left learns for a few epochs more."""

import numpy as np

from tinytorch.acceleration import accelerate
from tinytorch.compression import structured_prune
from tinytorch.nn import Sequential
from tinytorch.optim import AdamW
from tinytorch.training import CosineAnnealingLR

TRACK = "tinytalks-transformer"
DIVISION = "open"
TITLE = "one in eight feed-forward units gone, fine-tuned"

AMOUNT = 0.125
EPOCHS, BATCH, RATE = 2, 64, 5e-4


def pruned(model):
    """The model itself, with narrower feed-forward layers."""
    for layer in model.layers:
        part = layer.feed_forward
        whole = Sequential(part.linear1, part.activation, part.linear2)
        part.linear1, _, part.linear2 = structured_prune(whole, AMOUNT)
    return model


def fine_tuned(model, data):
    track, rng = model.track, np.random.default_rng(0)
    optimizer = AdamW(model.parameters(), lr=RATE)
    schedule = CosineAnnealingLR(optimizer, EPOCHS * -(-len(data[0]) // BATCH))
    for _ in range(EPOCHS):
        order = rng.permutation(len(data[0]))
        for first in range(0, len(order), BATCH):
            prompts, answers = (part[order[first : first + BATCH]] for part in data)
            optimizer.zero_grad()
            track.loss(model, track.vary(prompts, rng), answers).backward()
            optimizer.step()
            schedule.step()
    return model


def optimize(model, data):
    with accelerate():
        return fine_tuned(pruned(model), data)


def load(model, state):
    pruned(model).load_state_dict(state)
    return model.track.baseline_predict(model)
