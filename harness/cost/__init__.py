"""What a model costs: time in units of a fixed net, memory, size. A table of its own; no figure here ranks anybody.

Seconds belong to a machine, so that time is told as a ratio to a net that never changes (``reference``) and is timed in
turn with the model: same field, same threads, one after the other. After the single-stream and offline scenarios of
MLPerf Inference (Reddi et al. 2020, ISCA), with far fewer passes.
"""
