"""Drawings of a board, as SVG that a page holds: light and dark, on a phone and on a desk, without a script.

Each module draws one kind and returns a ``Figure``, or None where the board has nothing for it.
"""
