"""How sure a ranking is: numbers in, numbers out. Nothing here knows what a score measures, only that higher is better.

A case is one field. A cluster is one session: fields of one day share its light, its cells and its hands, so that
sessions, not fields, are what chance draws. ``docs/ranking.md`` says the same with an example.
"""
