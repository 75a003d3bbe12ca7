"""Does this machine make what others made? Pixels and figures beside those that travel with the code.

Libraries of transforms differ between processors in the last bit of a number, and so may a count here and there. What
is required: of a small field, at least 99.99 % of the pixels as they were; of whole fields, statistics and thumbnails
to two counts. The digest of all bytes is recorded and not required.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from unstained_phantom.acquisition import PHASE, acquire
from unstained_phantom.channels import LABELS, STACK
from unstained_phantom.plan import GENERATOR, Plan, standard, volume

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy.typing as npt

    from unstained_phantom.acquisition import Recording

    Images = Mapping[str, npt.NDArray[Any]]

PIXELS = Path(__file__).parent / "fingerprint.npz"
"""A small field, pixel by pixel."""
STATISTICS = Path(__file__).parent / "fingerprint.json"
"""Whole fields, in figures."""
SMALL = "test-01-1"
"""The field of the small plan."""
WHOLE: Mapping[str, tuple[Callable[[], Plan], str]] = {
    "phantom test-01-1": (standard, "test-01-1"),
    "phantom adipocyte-1-1": (standard, "adipocyte-1-1"),
    "phantom-volume test-01-1": (volume, "test-01-1"),
}
"""The fields whose figures are kept."""
BLOCKS = 8
"""Edge of a thumbnail: each of its pixels is the mean of a block."""
QUANTILES = (0.01, 0.5, 0.99, 0.999)
IDENTICAL = 0.9999
"""Least share of pixels that must be as they were."""
COUNTS, RADIANS = 2.0, 0.001
"""Largest difference of a figure, or of a pixel that is not as it was."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One channel of one field, here and as it was recorded."""

    field: str
    channel: str
    identical: float | None
    """Share of equal pixels; None where figures alone were recorded."""
    difference: float
    """Largest difference, of pixels or of figures, in counts (``phase``: radians)."""
    same_bytes: bool
    """Whether nothing at all differs. Not required."""

    @property
    def passed(self) -> bool:
        """Whether this machine makes the same field."""
        allowed = RADIANS if self.channel == PHASE else COUNTS
        return self.difference <= allowed and (self.identical is None or self.identical >= IDENTICAL)


def small() -> Plan:
    """Fields of 64 x 64 pixels, with everything else as in the standard plan."""
    return replace(standard(), size=(64, 64))


def images(recording: Recording) -> Images:
    """Every input and label of a recording by name; repeats and truth come from the same electrons."""
    labels = {label: recording.labels[place] for place, label in enumerate(LABELS)}
    return {STACK: recording.stack, **recording.single, **labels}


def compared(*, whole: bool = True) -> Iterator[Comparison]:
    """Make the recorded fields and compare them; without ``whole`` the small one alone, in some two seconds."""
    made = images(acquire(small().scenes[SMALL], small()))
    with np.load(PIXELS) as recorded:
        for name, image in made.items():
            differ = np.abs(image.astype(np.float64) - recorded[name].astype(np.float64))
            yield Comparison(
                field="small",
                channel=name,
                identical=float(np.mean(differ == 0)),
                difference=float(differ.max()),
                same_bytes=bool((differ == 0).all()),
            )
    if whole:
        yield from _figures_compared(json.loads(STATISTICS.read_text(encoding="utf-8"))["fields"])


def _figures_compared(recorded: Mapping[str, Mapping[str, Any]]) -> Iterator[Comparison]:
    for field, (planned, name) in WHOLE.items():
        plan = planned()
        for channel, image in images(acquire(plan.scenes[name], plan)).items():
            found, known = figures(image), recorded[field][channel]
            yield Comparison(
                field=field,
                channel=channel,
                identical=None,
                difference=float(np.abs(np.subtract(found["figures"], known["figures"])).max()),
                same_bytes=found["sha256"] == known["sha256"],
            )


def figures(image: npt.NDArray[Any]) -> dict[str, Any]:
    """Mean, deviation, quantiles and the thumbnail of the mean plane, to a thousandth; and the digest of the bytes."""
    exact = image.astype(np.float64)
    plane = exact.reshape(-1, *image.shape[-2:]).mean(axis=0)
    height, width = (edge // BLOCKS for edge in plane.shape)
    blocks = plane[: height * BLOCKS, : width * BLOCKS].reshape(BLOCKS, height, BLOCKS, width).mean(axis=(1, 3))
    numbers = [exact.mean(), exact.std(), *np.quantile(exact, QUANTILES), *blocks.ravel()]
    digest = hashlib.sha256(np.ascontiguousarray(image).tobytes()).hexdigest()
    return {"figures": [round(float(number), 3) for number in numbers], "sha256": digest}


def record() -> None:
    """Write what this machine makes beside this module: for whoever changes the generator, with its version."""
    PIXELS.write_bytes(_packed(images(acquire(small().scenes[SMALL], small()))))
    fields = {}
    for field, (planned, name) in WHOLE.items():
        plan = planned()
        made = images(acquire(plan.scenes[name], plan))
        fields[field] = {channel: figures(image) for channel, image in made.items()}
    STATISTICS.write_text(json.dumps({"generator": GENERATOR, "fields": fields}) + "\n", encoding="utf-8")


def _packed(made: Images) -> bytes:
    """An ``.npz`` whose bytes depend on the pixels alone, and smaller than numpy's own."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as archive:
        for name, image in made.items():
            plain = io.BytesIO()
            np.save(plain, image)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), plain.getvalue(), zipfile.ZIP_LZMA)
    return file.getvalue()
