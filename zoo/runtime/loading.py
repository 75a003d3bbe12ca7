"""TensorFlow and Keras, imported so that they agree on a backend and do not talk."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

STANDARD_ERROR = 2


def tensorflow(threads: int = 0) -> Any:  # noqa: ANN401 - the library publishes no types
    """TensorFlow, with Keras told to run on it; ``threads`` 0 leaves their number to the library."""
    # Keras takes torch where it finds it, and decides when it is imported
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _muted():
        import tensorflow as tf  # noqa: PLC0415 - seconds, and only where a net needs it

    if threads:
        with contextlib.suppress(RuntimeError):  # somebody set them already, and TensorFlow allows it once
            tf.config.threading.set_intra_op_parallelism_threads(threads)
    return tf


def keras() -> Any:  # noqa: ANN401 - as above
    """Keras 3 on TensorFlow."""
    tensorflow()
    with _muted():
        import keras as library  # noqa: PLC0415 - as above

    return library


@contextlib.contextmanager
def _muted() -> Iterator[None]:
    """Close standard error to the C++ code that greets with every import; whatever goes wrong is still raised."""
    sys.stderr.flush()
    kept = os.dup(STANDARD_ERROR)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, STANDARD_ERROR)
    try:
        yield
    finally:
        os.dup2(kept, STANDARD_ERROR)
        os.close(kept)
        os.close(nowhere)
