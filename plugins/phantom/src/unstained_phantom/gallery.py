"""What the phantom looks like: every modality, stain and truth of every kind of cell, with bars and display ranges."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from unstained_phantom import order
from unstained_phantom.acquisition import PHASE, acquire
from unstained_phantom.cells.parameters import PRESETS
from unstained_phantom.cells.population import Population
from unstained_phantom.channels import labels
from unstained_phantom.microscope import Conditions
from unstained_phantom.plan import Plan, Scene
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from unstained_phantom.acquisition import Recording
    from zoo.types import Told

SEED = "gallery"
AMONG = {"dead": 0.5, "mitotic": 0.5}
"""Share of those kinds that do not fill a dish: the rest is epithelium."""
COLUMNS = 6
"""Of the sheet of one kind."""
CLOSE = 160
"""Pixels of a panel in the overview, from the middle of the field."""
OVERVIEW = ("brightfield", "phase-contrast", "dic", "phase", "dna", "lipid", "mitochondria", "membrane")
LINE = 16
"""Pixels of a caption's height."""
BAR = 10.0
"""Length of a scale bar, in µm."""
OFF = 2
"""Planes (µm, here) between focus and the planes below and above it that are shown."""
FAINT = 100.0
"""Least width of the range in which a stain is shown, in counts: noise alone stays dark."""
QUALITY = 78
"""Of sheets, as JPEG; single images are PNG."""


@dataclass(frozen=True, eq=False)
class Panel:
    """One image as it is shown."""

    name: str
    pixels: npt.NDArray[np.float64]
    """(y, x), in ``unit``."""
    low: float
    """Shown black."""
    high: float
    """Shown white."""
    unit: str

    @property
    def caption(self) -> str:
        """What it is, and its display range."""
        digits = 2 if self.unit == "rad" else 0
        return f"{self.name}  {self.low:.{digits}f} to {self.high:.{digits}f} {self.unit}".strip()


def draw(out: Path, told: Told, *, size: int = 256) -> int:
    """Write single images ``<kind>/<name>.png``, a sheet ``<kind>.jpg`` for each kind and ``overview.jpg``.

    Returns how many images those are. Raises ``ZooError`` for a size that cannot be made, or a place where nothing can
    be written.
    """
    plan = replace(order.plan(order.Order(size=size, planes=13), SEED), shifted=0)
    told(0, len(PRESETS))
    written, rows = 0, []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for done, kind in enumerate(PRESETS, 1):
            found = list(panels(acquire(scene(kind, plan), plan), plan))
            (out / kind).mkdir(exist_ok=True)
            for one in found:
                framed(one, plan.microscope.pixel).save(out / kind / f"{one.name.replace(' ', '-')}.png", optimize=True)
            sheet([framed(one, plan.microscope.pixel) for one in found], COLUMNS).save(
                out / f"{kind}.jpg", quality=QUALITY
            )
            named = {one.name: one for one in found}
            rows += [framed(_close(named[name], kind), plan.microscope.pixel) for name in OVERVIEW]
            written += len(found) + 1
            told(done, len(PRESETS))
        sheet(rows, len(OVERVIEW)).save(out / "overview.jpg", quality=QUALITY)
    except OSError as error:
        message = f"{out}: cannot be written ({error.strerror or error})"
        raise ZooError(message, hint="choose a folder you may write to") from error
    return written + 1


def scene(kind: str, plan: Plan) -> Scene:
    """A field full of one kind of cell, or half full where epithelium belongs around it."""
    share = AMONG.get(kind, 1.0)
    mixture = {kind: share, "epithelial": 1 - share} if share < 1 else {kind: 1.0}
    return Scene(
        id=kind,
        split=SEED,
        session=SEED,
        cells=kind,
        noise=kind,
        population=Population(mixture=mixture),
        microscope=plan.microscope,
        conditions=Conditions(),
    )


def panels(recording: Recording, plan: Plan) -> Iterator[Panel]:
    """Inputs; each stain as recorded and, in the same range, without noise; masks."""
    middle = plan.microscope.planes // 2
    yield _ranged("brightfield", recording.stack[middle])
    for name, planes in (("below", -OFF), ("above", OFF)):
        yield _ranged(f"brightfield {name} focus", recording.stack[middle + planes])
    for name, image in recording.single.items():
        yield _ranged(name, image, "rad" if name == PHASE else "counts")
    low = plan.microscope.camera.offset
    tops = [max(float(np.quantile(truth, 0.999)), low + FAINT) for truth in recording.clean]
    for label, image, truth, high in zip(labels(plan.microscope), recording.labels, recording.clean, tops, strict=True):
        yield Panel(label, image.astype(np.float64), low, high, "counts")
        yield Panel(f"{label} truth", truth.astype(np.float64), low, high, "counts")
    for name in ("cells", "nuclei"):
        ids = recording.masks[name].astype(np.int64)
        yield Panel(f"{name} mask", np.where(ids > 0, 60.0 + ids * 67 % 180, 0.0), 0.0, 255.0, "grey by number")


def _ranged(name: str, image: npt.NDArray[Any], unit: str = "counts") -> Panel:
    low, high = (float(edge) for edge in np.quantile(image, (0.002, 0.998)))
    return Panel(name, image.astype(np.float64), low, high, unit)


def _close(panel: Panel, kind: str) -> Panel:
    """The middle of it; the first of a row has the name of the kind of cell."""
    rows, columns = (max(0, (edge - CLOSE) // 2) for edge in panel.pixels.shape)
    pixels = panel.pixels[rows : rows + CLOSE, columns : columns + CLOSE]
    return replace(panel, name=kind if panel.name == OVERVIEW[0] else panel.name, pixels=pixels)


def framed(panel: Panel, pixel: float) -> Image.Image:
    """A panel with a scale bar of ``BAR`` µm and its caption below; ``pixel`` in µm."""
    grey = 255 * (panel.pixels - panel.low) / (panel.high - panel.low)
    image = Image.fromarray(np.clip(np.rint(grey), 0, 255).astype(np.uint8))
    width, height = image.size
    canvas = Image.new("L", (width, height + LINE), 255)
    canvas.paste(image, (0, 0))
    pen, bar = ImageDraw.Draw(canvas), round(BAR / pixel)
    pen.rectangle((width - bar - 8, height - 10, width - 7, height - 5), fill=255, outline=0)
    pen.text((2, height + 1), panel.caption, fill=0, font=ImageFont.load_default(9 if width < 200 else 11))  # noqa: PLR2004 - smaller panels, smaller letters
    return canvas


def sheet(images: Sequence[Image.Image], columns: int) -> Image.Image:
    """Images of one size side by side, row by row, on white."""
    width, height = images[0].size
    rows = -(-len(images) // columns)
    canvas = Image.new("L", (columns * (width + 2), rows * (height + 2)), 255)
    for place, image in enumerate(images):
        canvas.paste(image, ((place % columns) * (width + 2), (place // columns) * (height + 2)))
    return canvas
