"""The baseline's weights on the kernels of module 18."""

from tinytorch.acceleration import accelerate

TRACK = "digits-cnn"
DIVISION = "closed"
TITLE = "accelerated"


def optimize(model, data):
    return model


def load(model, state):
    accelerate()  # from here on, in this process
    model.load_state_dict(state)
    return model.track.baseline_predict(model)
