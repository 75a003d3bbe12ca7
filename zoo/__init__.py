"""Models that predict a stain from unstained cells: register, train, package, open, run.

Nothing heavy is imported here, and nothing is exported: import the module that owns the noun, e.g.
``from zoo.types import Channel`` or ``from zoo.runtime import open_model``.
"""
