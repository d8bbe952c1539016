"""TinyTorch: a machine-learning framework to build yourself."""

from tinytorch import _lazy

__path__, __getattr__, __dir__ = _lazy.attach(__name__, __path__)

_lazy.start()
