"""From images to predicted stains. Knows models, fields and image files; nothing of metrics or boards."""

from __future__ import annotations

from zoo.prediction.fields import predict_field
from zoo.prediction.files import Outcome, predict_files, prediction_name
from zoo.prediction.readings import Reading, predict_image, read_inputs

__all__ = ["Outcome", "Reading", "predict_field", "predict_files", "predict_image", "prediction_name", "read_inputs"]
