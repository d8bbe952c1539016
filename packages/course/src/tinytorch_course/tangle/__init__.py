"""From module files to an importable package.

Standard library only: this package travels inside every tier's sdist (as
`_build_support/tinytorch_tangle`), so that a tier builds anywhere with hatchling alone. What it reads may
be hostile: nothing that it reads is ever executed.
"""
