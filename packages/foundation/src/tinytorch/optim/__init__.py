"""Optimizers."""

from tinytorch._lazy import attach as _attach

__path__, __getattr__, __dir__ = _attach(__name__, __path__)
