"""The course tool of TinyTorch: builds, checks, hands out, grades."""

__version__ = "0.1.0"
