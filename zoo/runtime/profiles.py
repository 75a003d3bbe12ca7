"""What a net in the format ONNX does in one pass, operation by operation, as ONNX Runtime's own profile tells."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.runtime import geometry
from zoo.runtime.sessions import onnx_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.package import Package

    Shape = tuple[int, ...]


@dataclass(frozen=True)
class Step:
    """One operation."""

    operation: str
    """Its name in the format, e.g. ``Conv``."""
    given: tuple[Shape, ...]
    """Sizes of what it is given, weights among it."""
    returned: tuple[Shape, ...]


def profile(package: Package, shape: Sequence[int]) -> tuple[Step, ...]:
    """Run one pass over an empty image of that shape, ([z,] y, x), which the net must take; on one thread.

    Operations are those of the file: nothing is fused, nothing is left out.
    """
    import onnxruntime  # noqa: PLC0415 - only the library of the chosen format is loaded

    with tempfile.TemporaryDirectory(prefix="zoo-profile-", ignore_cleanup_errors=True) as folder:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.add_session_config_entry("session.disable_prepacking", "1")  # packed weights have no size in a profile
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(folder) / "profile")
        source = onnx_source(package, Path(folder))
        session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        required = [tensor for tensor in package.inputs if not tensor.optional]
        empty = (
            geometry.into_tensor(tensor, np.zeros((tensor.width, *shape), np.float32)).copy() for tensor in required
        )
        session.run(None, dict(zip((given.name for given in session.get_inputs()), empty, strict=True)))
        events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    return tuple(_step(event["args"]) for event in events if str(event.get("name", "")).endswith("_kernel_time"))


def _step(told: dict[str, Any]) -> Step:
    given, returned = (
        tuple(tuple(size) for typed in told.get(f"{side}_type_shape", ()) for size in typed.values())
        for side in ("input", "output")
    )
    return Step(operation=str(told["op_name"]), given=given, returned=returned)
