"""Eight ways to cheat, each a folder of predictions that is judged by ``zoo score`` beside an honest net.

Nothing here knows the truth of a field that it answers for: cheats see inputs, training fields and what the honest net
says, as anybody may who sends predictions in. They answer for the test split and for those probes that a folder can be
asked about (cues that fade, edits, empty dishes). The table says how many ranked figures of each stand above those of
the honest net, and what names it. See docs/cheats.md.

Run: python benchmarks/cheats.py OUT
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

from zoo import registry
from zoo.data import find
from zoo.export import packaged
from zoo.matching import match
from zoo.package import read
from zoo.prediction import predict_field
from zoo.runtime import open_model
from zoo.types import Modality, inputs_of, labels_of

Image = Any
"""An array, (y, x)."""
Images = Mapping[str, Image]
"""By label, in counts."""
PROBES = ("cue", "edits", "blank")
TRAINING = 24
"""Training fields that are remembered."""
THIN = 0.15
"""Phase in radians from which on there is a cell."""
EXACT = 1e-3
"""By how much figures may differ that are the same: r knows no gain, but predictions are written as whole counts."""
FOLDERS, BOARD = "predictions", "board"


@dataclass(frozen=True, eq=False)
class Memory:
    """Everything of the training split that a cheat carries along."""

    truths: Mapping[str, Image]
    """Label -> (field, y, x)."""
    shown: Image
    """The phase images, (field, y, x)."""
    missed: Mapping[str, Image]
    """What the honest net misses of the truth, as ``truths``."""

    def ends(self, label: str) -> tuple[float, float]:
        """Percentiles 2 and 99.8 of a label."""
        low, high = np.percentile(self.truths[label], [2, 99.8])
        return float(low), float(high)


def stretched(memory: Memory, honest: Images, _phase: Image, _turn: int) -> Images:
    """Every prediction spread out to the training truth's brightness by its own percentiles 2 and 99.8."""
    return {label: _spread(image, *memory.ends(label)) for label, image in honest.items()}


def pasted(memory: Memory, honest: Images, _phase: Image, turn: int) -> Images:
    """The stain of a training field, another for each field."""
    return {label: memory.truths[label][turn % TRAINING] for label in honest}


def averaged(memory: Memory, honest: Images, _phase: Image, _turn: int) -> Images:
    """The mean of the training fields, the same for every field."""
    return {label: memory.truths[label].mean(axis=0) for label in honest}


def painted(memory: Memory, honest: Images, phase: Image, _turn: int) -> Images:
    """One brightness wherever there is a cell, another where there is none."""
    cell = ndimage.gaussian_filter(phase, 1) > THIN
    return {label: np.where(cell, memory.truths[label].mean(), memory.ends(label)[0]) for label in honest}


def remembered(memory: Memory, honest: Images, phase: Image, _turn: int) -> Images:
    """The stain of the training field whose input is most alike."""
    place = int(np.argmin(np.mean((memory.shown - phase) ** 2, axis=(1, 2))))
    return {label: memory.truths[label][place] for label in honest}


def passed(memory: Memory, honest: Images, phase: Image, _turn: int) -> Images:
    """The phase image itself, as bright as the stain."""
    return {label: _spread(phase, *memory.ends(label)) for label in honest}


def adorned(memory: Memory, honest: Images, _phase: Image, turn: int) -> Images:
    """The honest prediction with what it misses of some training field laid over it: texture and noise, all of it real.

    No test of realism can object: power spectrum and histogram are those of recorded images.
    """
    return {label: image + memory.missed[label][turn % TRAINING] for label, image in honest.items()}


def chosen(memory: Memory, honest: Images, phase: Image, _turn: int) -> Images:
    """The honest prediction, but nothing for the fields with more cells than most: hard ones are left out."""
    crowded = np.mean(phase > THIN) > np.median([np.mean(one > THIN) for one in memory.shown])
    return {} if crowded else honest


CHEATS: Mapping[str, Callable[[Memory, Images, Image, int], Images]] = {
    "own-percentiles": stretched,
    "pasted": pasted,
    "mean-image": averaged,
    "outlines": painted,
    "remembered": remembered,
    "input": passed,
    "looks-real": adorned,
    "easy-fields": chosen,
}


def main() -> None:
    """Write the folders, have all of them judged, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--dataset", default="phantom")
    parser.add_argument("--model", default="fnet2d@phantom", help="the honest net")
    parser.add_argument("--table", action="store_true", help="of what was judged before, nothing else")
    asked = parser.parse_args()
    if not asked.table:
        written(asked.out / FOLDERS, asked.dataset, asked.model)
        judged(asked.out, asked.dataset, asked.model)
    board = json.loads((asked.out / BOARD / "leaderboard.json").read_text())
    print("\n".join(table(board, asked.model)))


def written(out: Path, dataset: str, model: str) -> None:
    """A folder for each cheat, ``<label>/<field>.npy``; what is there already is kept."""
    known = registry.load()
    data, scheme = find(known, dataset)
    package = read(packaged(known, model))
    matched = match(package.input_channels, package.output_channels, data.channels, spatial=package.spatial)
    labels = [label.name for label in labels_of(data.channels)]
    (phase,) = (one.name for one in inputs_of(data.channels) if one.modality == Modality.QUANTITATIVE_PHASE)
    splits = ["test", *(split for kind, split in data.probes.items() if kind.partition(":")[0] in PROBES)]
    fields = [field for split in splits for field in data.fields(split, scheme=scheme.name)]
    with open_model(package) as net:

        def said(opened: Any) -> Images:  # noqa: ANN401 - an opened field
            found = predict_field(net, opened, matched)
            return {label: found[label].to_numpy().squeeze() for label in labels}

        training = data.fields("train", scheme=scheme.name)
        memory = _memory([one.open().load() for one in training[:: len(training) // TRAINING][:TRAINING]], phase, said)
        for turn, field in enumerate(fields):
            opened = field.open().load()
            honest, seen = said(opened), opened[phase].to_numpy().astype(np.float64)
            for name, cheat in CHEATS.items():
                for label, image in cheat(memory, honest, seen, turn).items():
                    path = out / name / label / f"{field.id}.npy"
                    path.parent.mkdir(parents=True, exist_ok=True)
                    np.save(path, np.rint(np.clip(image, 0, 65535)).astype(np.uint16))


def judged(out: Path, dataset: str, model: str) -> None:
    """The honest net and every folder on one board, with a ledger of its own: nothing is chosen by it."""
    common = ["--dataset", dataset, "--suite", "trust", "--out", out / BOARD, "--ledger", out / "ledger.csv"]
    _zoo("bench", "--model", model, *common)
    for name in CHEATS:
        _zoo("score", out / FOLDERS / name, "--name", f"cheat-{name}", *common)


def table(board: Mapping[str, Any], model: str) -> Iterator[str]:
    """For readers, in Markdown: one line for each cheat that was judged."""
    metrics = {one["id"]: one["better"] for one in board["metrics"] if one["ranked"]}
    tasks = [task["label"] for task in board["tasks"] if not task["refused"]]
    rows = {(row["model"], row["label"]): row for row in board["rows"]}
    yield f"| cheat | best rank on {len(tasks)} labels | figures above the honest net | at a floor | named by |"
    yield "|---|---|---|---|---|"
    for name in CHEATS:
        mine = [rows[key] for label in tasks if (key := (f"cheat-{name}", label)) in rows]
        pairs = [(row, rows[model, row["label"]], metric) for row in mine for metric in metrics]
        better = [f"{row['label']} {metric}" for row, other, metric in pairs if _above(row, other, metric, metrics)]
        ranks = [row["rank"] for row in mine if row["rank"]]
        floors = sum(row["above_floor"] is False for row in mine)
        cells = [
            f"`{name}`",
            str(min(ranks, default="none")),
            f"{len(better)} of {len(pairs)}" + (f": {', '.join(better)}" if better else ""),
            f"{floors} of {len(mine)}",
            _named(board, name, model, mine),
        ]
        yield f"| {' | '.join(cells)} |"


def _above(row: Mapping[str, Any], other: Mapping[str, Any], metric: str, metrics: Mapping[str, str]) -> bool:
    mine, its = row["metrics"].get(metric), other["metrics"].get(metric)
    if mine is None or its is None:
        return False
    return bool(mine > its + EXACT if metrics[metric] == "higher" else mine < its - EXACT)


def _named(board: Mapping[str, Any], name: str, model: str, mine: Sequence[Mapping[str, Any]]) -> str:
    """The gates that it fails and the honest net does not, each with its worst figure; and how much it left out."""
    honest = {(one["gate"], one["label"]) for one in board["gates"].get(model, ()) if one["outcome"] == "fail"}
    failed: dict[str, Mapping[str, Any]] = {}
    for one in board["gates"].get(f"cheat-{name}", ()):
        if one["outcome"] == "fail" and one["figure"] is not None and (one["gate"], one["label"]) not in honest:
            worst = failed.setdefault(one["gate"], one)
            if abs(one["figure"]) > abs(worst["figure"]):
                failed[one["gate"]] = one
    said = [f"{gate} ({one['label']} {one['figure']:.2g}, limit {one['limit']:g})" for gate, one in failed.items()]
    lost = max((row["failed"] for row in mine), default=0)
    return "; ".join([*said, *([f"{lost} of {mine[0]['fields']} fields missing"] if lost else [])]) or "nothing"


def _memory(fields: Sequence[Any], phase: str, said: Callable[[Any], Images]) -> Memory:
    honest = [said(one) for one in fields]
    truths = {label: np.stack([one[label].to_numpy().astype(np.float64) for one in fields]) for label in honest[0]}
    missed = {label: truth - np.stack([one[label] for one in honest]) for label, truth in truths.items()}
    return Memory(truths, np.stack([one[phase].to_numpy().astype(np.float64) for one in fields]), missed)


def _spread(image: Image, low: float, high: float) -> Image:
    bottom, top = np.percentile(image, [2, 99.8])
    return low + (high - low) * (image - bottom) / max(float(top - bottom), 1e-6)


def _zoo(*words: object) -> None:
    """A command; 1 says that a job failed, which is what leaving fields out comes to."""
    done = subprocess.run([Path(sys.executable).with_name("zoo"), *map(str, words)], check=False)
    if done.returncode > 1:
        sys.exit(done.returncode)


if __name__ == "__main__":
    main()
