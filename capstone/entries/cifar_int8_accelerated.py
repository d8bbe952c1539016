"""For the closed division: the baseline's own weights, in bytes, on the kernels of module 18."""

from tinytorch.acceleration import accelerate
from tinytorch.quantization import quantize_model

TRACK = "cifar10-cnn"
DIVISION = "closed"
TITLE = "int8 weights, accelerated"


def optimize(model, data):
    return quantize_model(model)


def load(model, state):
    accelerate()
    quantized = quantize_model(model)
    quantized.load_state_dict(state)
    return model.track.baseline_predict(quantized)
