"""Everything: half of the filters, fine-tuned, in bytes, on the kernels of module 18."""

import numpy as np

from tinytorch.acceleration import accelerate
from tinytorch.compression import structured_prune
from tinytorch.nn import CrossEntropyLoss
from tinytorch.optim import AdamW
from tinytorch.quantization import quantize_model
from tinytorch.training import CosineAnnealingLR, Trainer

TRACK = "digits-cnn"
DIVISION = "open"
TITLE = "half of the filters, fine-tuned, int8, accelerated"

AMOUNT = 0.5
EPOCHS = 4


def optimize(model, data):
    images, labels = data
    small, rng = structured_prune(model, AMOUNT), np.random.default_rng(0)
    optimizer = AdamW(small.parameters(), lr=0.003)
    trainer = Trainer(small, optimizer, CrossEntropyLoss(), CosineAnnealingLR(optimizer, EPOCHS))
    with accelerate():
        for _ in range(EPOCHS):
            trainer.fit(model.track.vary(images, rng), labels, epochs=1)
    return quantize_model(small)


def load(model, state):
    accelerate()
    quantized = quantize_model(structured_prune(model, AMOUNT))
    quantized.load_state_dict(state)
    return model.track.baseline_predict(quantized)
