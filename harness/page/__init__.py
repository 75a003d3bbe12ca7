"""Boards as pages that people look at: one file, no network, every number with how it was measured.

``document`` puts a page together, ``figures`` draws, ``gallery`` keeps pictures beside a board. Templates, style and
scripts are package data under ``templates``; a page holds them all and asks nobody for anything.
"""
