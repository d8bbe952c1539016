"""The keys and values of what was read are kept: each token is read once."""

from tinytorch.generation import KVCache, next_logits

TRACK = "tinytalks-transformer"
DIVISION = "closed"
TITLE = "key-value cache"


def optimize(model, data):
    return model


def load(model, state):
    model.load_state_dict(state)
    return cached(model, model.track)


def cached(model, track):
    """predict(inputs), where only what is new goes through the model."""

    def predict(inputs):
        cache = KVCache(model, batch=len(inputs))
        return track.greedy(lambda rows: next_logits(model, rows[:, cache.length :], cache).data, inputs)

    return predict
