"""Evidence in words: what is advised, how far that reaches, and when nobody can be trusted."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from harness.advice.evidence import order
from harness.page.gallery.files import read_gallery
from harness.page.gallery.likeness import TITLES
from harness.report import short

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from harness.advice.evidence import Case, Evidence

MARGIN = 0.5
"""How far beyond the judged range a number of an image may lie, in widths of that range."""
NONE = "None can be trusted here."


@dataclass(frozen=True, kw_only=True)
class Advice:
    """The answer."""

    case: Case
    evidence: tuple[Evidence, ...]
    """Best first."""

    @property
    def best(self) -> Evidence | None:
        """What is advised; None where nobody can be trusted."""
        first = self.evidence[0] if self.evidence else None
        return first if first and first.answer != "not here" else None

    @property
    def conclusion(self) -> str:
        """In one sentence."""
        wanted = f"{self.case.structure} from {self.case.modality}"
        if not self.evidence:
            return f"{NONE} No board judged a model that predicts {wanted}."
        if self.best is None:
            return f"{NONE} Of {len(self.evidence)} answers to {wanted}, something speaks against each."
        if self.best.answer == "doubtful":
            return f"{self.best.model}, with doubt: {'; '.join(self.best.doubts)}."
        return f"{self.best.model}: nothing that was tested speaks against it."


def compared(evidence: Sequence[Evidence], image: Mapping[str, float], boards: Mapping[str, Path]) -> list[Evidence]:
    """The same evidence with how an image compares to those that were judged."""
    found = [_compared(one, image, boards[one.board]) for one in evidence]
    return sorted(found, key=order)


def _compared(one: Evidence, image: Mapping[str, float], folder: Path) -> Evidence:
    gallery = read_gallery(folder)
    judged = gallery.likeness.get(one.channel, ()) if gallery else ()
    if not judged:
        said = f"nothing is known of the images of {one.board}: zoo gallery keeps what this one can be compared with"
        return replace(one, doubts=(*one.doubts, said))
    beyond = outside(image, judged)
    if beyond:
        return replace(one, against=(*one.against, f"unlike what was judged: {'; '.join(beyond)}"))
    said = f"your image is like the {len(judged)} that were judged: {', '.join(image)}"
    return replace(one, reach=(said, *one.reach))


def outside(image: Mapping[str, float], judged: Sequence[Mapping[str, float]]) -> list[str]:
    """The numbers of an image that lie beyond those of judged ones, each in words.

    >>> outside({"contrast": 0.9}, [{"contrast": 0.1}, {"contrast": 0.2}])
    ['contrast 0.9 (spread of the light over its mean), judged 0.1 to 0.2']
    >>> outside({"contrast": 0.24}, [{"contrast": 0.1}, {"contrast": 0.2}])
    []
    """
    found = []
    for name, value in image.items():
        known = [one[name] for one in judged if name in one]
        low, high = min(known), max(known)
        room = MARGIN * (high - low)
        if not low - room <= value <= high + room:
            found.append(f"{name} {value:.2g} ({TITLES[name]}), judged {low:.2g} to {high:.2g}")
    return found


def as_text(advice: Advice) -> str:
    """For readers: the conclusion, then every piece of evidence."""
    lines = [advice.conclusion]
    for one in advice.evidence:
        ends = f" ({short(one.low)} to {short(one.high)})" if one.low is not None else ""
        scaled = f", {short(one.scaled)} between floor and ceiling" if one.scaled is not None else ""
        lines += ["", f"{one.model}: {one.answer}"]
        lines.append(f"  {one.board}, {one.label}: score {short(one.score)}{ends}{scaled}, {one.sessions} sessions")
        lines.append(f"  gates: {len(one.passed)} pass, {len(one.failed)} fail, {len(one.untested)} not tested")
        lines += [f"  against: {said}" for said in one.against]
        lines += [f"  doubt: {said}" for said in one.doubts]
        lines += [f"  reach: {said}" for said in one.reach]
    return "\n".join(lines) + "\n"


def as_json(advice: Advice) -> str:
    """For scripts."""
    document = {
        "case": asdict(advice.case),
        "conclusion": advice.conclusion,
        "model": advice.best.model if advice.best else None,
        "evidence": [{"answer": one.answer, **asdict(one)} for one in advice.evidence],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
