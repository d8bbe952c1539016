"""Kernels on loan: what is about processors rather than about learning. Nothing here runs unless it is switched on.

Each file holds one idea: why it helps, what was measured, and which plain form in the chapters it must equal.
"""
