"""All boards as a static site: what was judged, by which rules, on which data. Texts in, texts out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.controls import CONTROLS
from harness.gates import GATES
from harness.page.blind import blind
from harness.page.document import document, environment
from harness.page.reports import opened
from harness.scoring import LACKING, PROTOCOL
from zoo.types import inputs_of, labels_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from harness.ledger import Line
    from harness.page.views import View
    from harness.ranking import Row
    from zoo.registry import Registry
    from zoo.types import Channel, Dataset

PAGES = ("index", "models", "data", "rules", "history", "plugins")
"""In the order of the menu."""


@dataclass(frozen=True, kw_only=True)
class Stand:
    """A board as the index shows it."""

    name: str
    """Of its folder, and of its page."""
    view: View
    blind: bool
    """Whether there is a two-alternative page of it."""
    best: Sequence[tuple[str, Row | None, Row | None]]
    """Each label with its best model and its best floor."""


def site(
    folders: Sequence[Path], registry: Registry, ledger: Sequence[Line], command: str
) -> Iterator[tuple[str, str]]:
    """Every file of the site, by its path."""
    stands = []
    for folder in folders:
        view = opened(folder, "board")
        data = view.board.run.data
        yield f"boards/{folder.name}.html", document([view], f"{data.reference} {data.split}", command, "../index.html")
        stands.append(_stand(folder, view))
        if stands[-1].blind:
            yield f"boards/{folder.name}-blind.html", blind(folder, command)
    told = {
        **_registered(registry),
        "stands": sorted(stands, key=lambda stand: (-stand.view.sessions, stand.name)),
        "where": _where(stands),
        "lines": sorted(ledger, key=lambda line: line.time, reverse=True),
        "pages": PAGES,
        "command": command,
    }
    made = environment()
    made.filters |= {"channels": _channels, "splits": _splits, "labels_of": labels_of, "inputs_of": inputs_of}
    for name in PAGES:
        yield f"{name}.html", made.get_template(f"site-{name}.html.jinja").render(page=name, **told)


def _registered(registry: Registry) -> Mapping[str, object]:
    """What is known on this machine, and the rules."""
    return {
        "datasets": list(registry.datasets),
        "models": list(registry.models),
        "architectures": list(registry.architectures),
        "metrics": list(registry.metrics),
        "plugins": registry.plugins.found,
        "gates": GATES,
        "controls": CONTROLS,
        "lacking": LACKING,
        "protocol": PROTOCOL,
    }


def _stand(folder: Path, view: View) -> Stand:
    best = []
    for sheet in view.sheets:
        rows = [line.row for line in sheet.lines]
        floors = [row for row in rows if row.contender.bound == "floor" and row.score is not None]
        first = next((row for row in rows if row.rank == 1), None)
        best.append((sheet.label, first, max(floors, key=lambda row: row.score or 0.0, default=None)))
    return Stand(name=folder.name, view=view, blind=bool(view.wall and view.wall.models), best=best)


def _where(stands: Sequence[Stand]) -> Mapping[str, list[str]]:
    """The boards on which each model stands."""
    found: dict[str, list[str]] = {}
    for stand in stands:
        for one in stand.view.standings:
            if any(one.cells):
                found.setdefault(one.model, []).append(stand.name)
    return found


def _channels(channels: Sequence[Channel]) -> str:
    """Channels in words.

    >>> from zoo.types import Channel, Modality
    >>> _channels([Channel(name="light", modality=Modality.DIC, planes=3, pixel_size=0.5)])
    'light (dic, 3 planes, 0.5 µm)'
    """
    return ", ".join(
        f"{one.name} ({one.modality or one.structure}"
        f"{f', {one.planes} planes' if one.planes > 1 else ''}{f', {one.pixel_size:g} µm' if one.pixel_size else ''})"
        for one in channels
    )


def _splits(dataset: Dataset) -> list[tuple[str, str]]:
    """Each scheme with the number of fields in its splits."""
    return [
        (
            name or "default",
            ", ".join(f"{split} {len(members)}" for split, members in scheme.members.items() if members),
        )
        for name, scheme in dataset.schemes.items()
    ]
