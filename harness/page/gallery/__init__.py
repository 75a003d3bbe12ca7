"""Pictures beside a board: of each model and label the field that it does best, the median one, and the worst.

Which fields these are is decided by their scores alone (``choice``). Their predictions are made again (``making``), put
on the one scale of their label that the run holds, and kept small in ``BOARD/gallery`` (``files``).
"""
