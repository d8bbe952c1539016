"""Everything: fewer feed-forward units, fine-tuned, kept in bytes, with a cache, on the kernels of module 18.

The file holds bytes. Each process makes floats of them once, because the cache's quick way for one token needs those.
"""

import numpy as np

from tinytorch.acceleration import accelerate
from tinytorch.compression import structured_prune
from tinytorch.generation import KVCache, next_logits
from tinytorch.nn import Sequential
from tinytorch.optim import AdamW
from tinytorch.quantization import dequantize, quantize_model
from tinytorch.training import CosineAnnealingLR

TRACK = "tinytalks-transformer"
DIVISION = "open"
TITLE = "one in eight feed-forward units gone, fine-tuned, int8, cached, accelerated"

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
        return quantize_model(fine_tuned(pruned(model), data))


def floats(state):
    """The state of the plain model: each weight from its bytes and the scale of its rows."""
    plain = {}
    for name, array in state.items():
        if f"{name}_scale" in state:
            scale = state[f"{name}_scale"]
            array = dequantize(array, scale.reshape(-1, *[1] * (array.ndim - 1)) if scale.ndim else scale, 0)
        if not name.endswith("_scale"):
            plain[name.replace("in_proj.", "in_proj_")] = array
    return plain


def load(model, state):
    accelerate()
    track = model.track
    pruned(model).load_state_dict(floats(state))

    def predict(inputs):
        cache = KVCache(model, batch=len(inputs))
        return track.greedy(lambda rows: next_logits(model, rows[:, cache.length :], cache).data, inputs)

    return predict
