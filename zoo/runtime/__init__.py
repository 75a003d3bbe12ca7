"""Open a package and predict: formats, tiles, processes. bioimageio.core, torch and TensorFlow are used only here."""

from __future__ import annotations

from zoo.runtime.failures import JobFailed
from zoo.runtime.model import Model, Runner, open_model
from zoo.runtime.worker import isolated

__all__ = ["JobFailed", "Model", "Runner", "isolated", "open_model"]
