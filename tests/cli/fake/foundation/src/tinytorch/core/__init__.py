"""The least that a namespace over several distributions needs."""

from pkgutil import extend_path

__path__ = extend_path(__path__, __name__)
