"""Boards as a run would have written them, of any size and with everything that goes wrong; no image is predicted."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness import records
from harness.examination.files import write_verdicts
from harness.gates import GATES
from harness.gates.verdicts import Verdict
from harness.page.gallery.choice import picks
from harness.page.gallery.files import Gallery, Shot, keep, write_gallery
from harness.page.gallery.pictures import webp
from harness.records import Column, Contender, Data, Run, Score
from harness.scoring import PROTOCOL, Scale

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MARKUP = "<img src=x onerror=alert(1)>&\"'</script><b>bold"
"""A name that a page must show and never obey."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
SERIOUS = {"serious", "critical"}
PATIENCE = 90_000
"""Milliseconds that a browser may take for anything: cores may be few, and busy."""
COLUMNS = (
    Column(id="r", version=1, title="Pearson correlation", better="higher", averaged="fisher-z", ranked=True),
    Column(id="nmae", version=1, title="Mean absolute error", better="lower", averaged="plain", ranked=True),
)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a board is to be like."""

    models: Sequence[str] = ("alpha@cells", "beta@cells", "gamma@cells")
    labels: Sequence[str] = ("dna", "lipid")
    sessions: int = 8
    """0: the dataset names none."""
    fields: int = 2
    """Of each session, or in all."""
    failing: Sequence[str] = ()
    """Models that deliver nothing of the first field."""
    partial: Sequence[str] = ()
    """Models that predict the first label alone."""
    gates: bool = True
    limit: int | None = None


def written(folder: Path, told: Told) -> Path:
    """A board's folder: run, scores, and verdicts."""
    folder.mkdir(parents=True, exist_ok=True)
    contenders = [
        *(
            Contender(id=name, kind="model", digest=f"{index:064d}", preset="lite", trained_on=("cells:train",))
            for index, name in enumerate(told.models)
        ),
        Contender(id="linear-pixel", kind="control", digest="c", bound="floor"),
        Contender(id="clean-truth", kind="control", digest="c", bound="ceiling"),
    ]
    run = _run(told, contenders)
    records.write_scores(folder / records.SCORES, list(_scores(told, contenders)))
    records.write_run(folder, run)
    if told.gates:
        write_verdicts(folder, {name: tuple(_verdicts(told, name)) for name in told.models})
    return folder


def hung(folder: Path) -> Path:
    """The same folder with pictures in it."""
    rng = np.random.default_rng(0)
    run = records.read_run(folder)
    made: dict[str, str] = {}

    def one(key: str) -> str:
        if key not in made:
            made[key] = keep(folder, webp(rng.integers(0, 255, (24, 32), np.uint8)))
        return made[key]

    (folder / "gallery").mkdir(exist_ok=True)
    digests = {contender.id: contender.digest for contender in run.contenders}
    shots = [
        Shot(
            **{name: getattr(pick, name) for name in ("model", "label", "place", "field", "session", "score", "of")},
            digest=digests[pick.model],
            channel="light",
            input=one(pick.field),
            truth=one(f"{pick.field} {pick.label}"),
            prediction=one(f"{pick.field} {pick.label} {pick.model}"),
        )
        for pick in picks(run, records.scores_of(folder))
    ]
    ranges = {label: (scale.low, scale.high) for label, scale in run.scales.items()}
    write_gallery(folder, Gallery(dataset=run.data.digest, ranges=ranges, command="zoo gallery it", shots=tuple(shots)))
    return folder


def _run(told: Told, contenders: Sequence[Contender]) -> Run:
    return Run(
        stamp=records.STAMP if told.limit else "",
        suite="trust",
        protocol=PROTOCOL,
        data=Data(
            reference="cells",
            id="cells",
            version="1",
            digest="d" * 64,
            scheme="",
            split="test",
            fields=tuple(field for field, _ in _fields(told)),
            labels=tuple(told.labels),
            intensity="comparable",
            license="CC0-1.0",
            limit=told.limit,
        ),
        columns=COLUMNS,
        contenders=tuple(contenders),
        scales={label: Scale(low=90.0, high=690.0, mean=140.0, sd=80.0) for label in told.labels},
        jobs=(),
        command=("zoo", "bench"),
        versions={"unstained": "0"},
        environment={"python": "3"},
        timing={"ended": 1.8e9, **{one.id: 60.0 * (index + 1) for index, one in enumerate(contenders)}},
    )


def _fields(told: Told) -> list[tuple[str, str]]:
    sessions = [f"day-{index + 1:02d}" for index in range(told.sessions)] or [""]
    return [(f"{session or 'field'}-{number + 1}", session) for session in sessions for number in range(told.fields)]


def _scores(told: Told, contenders: Sequence[Contender]) -> Iterator[Score]:
    """Models get worse in the order they are named in, by less than sessions differ."""
    rng = np.random.default_rng(0)
    for label in told.labels:
        for index, contender in enumerate(contenders):
            if contender.id in told.partial and label != told.labels[0]:
                continue
            usual = {"floor": 0.4, "ceiling": 0.97}.get(contender.bound, 0.9 - 0.5 * index / len(contenders))
            for number, (field, session) in enumerate(_fields(told)):
                lost = contender.id in told.failing and number == 0
                value = 0.0 if lost else float(np.clip(usual + rng.normal(0, 0.02), -1, 0.99))
                for column in COLUMNS:
                    yield Score(
                        protocol=PROTOCOL.name,
                        model=contender.id,
                        kind=contender.kind,
                        digest=contender.digest,
                        dataset="cells",
                        split="test",
                        field=field,
                        session=session,
                        condition="",
                        label=label,
                        metric=column.id,
                        version=1,
                        value=value if column.id == "r" else 1 - value,
                        status="failed" if lost else "ok",
                        note="it <b>broke</b>" if lost else "",
                    )


def _verdicts(told: Told, model: str) -> Iterator[Verdict]:
    place = list(told.models).index(model)
    for gate in GATES:
        for label in [label for label in told.labels if label == told.labels[0] or model not in told.partial]:
            strength = 0.9 - 0.05 * place
            figures = {
                "cue": {"slope at 0": 0.01 * place, "slope at 0.02": strength / 2, "slope at 0.08": strength},
                "shifts": {"defocus": strength / 2, "defocus, without": strength, "dim": strength - 0.1},
            }.get(gate.id, {})
            figure, limit = (0.01 * (place + 1), 0.1) if gate.verdict else (strength, None)
            outcome = "diagnostic" if not gate.verdict else "fail" if gate.id == "blank" and place == 1 else "pass"
            outcome = "not tested" if gate.suite == "full" else outcome
            yield Verdict(
                gate=gate.id,
                version=1,
                label=label,
                outcome=outcome,
                figure=figure,
                limit=limit,
                text=f"what {gate.id} found",
                figures=figures,
            )


@pytest.fixture
def markup():
    """A name that a page must show and never obey."""
    return MARKUP


@pytest.fixture
def board_folder(tmp_path):
    """``board_folder(models=[...])`` is a board's folder as a run would have written it."""

    def made(name="board", **told):
        return written(tmp_path / name, Told(**told))

    return made


@pytest.fixture
def pictured():
    """``pictured(folder)`` is the same folder with a gallery."""
    return hung


@pytest.fixture(scope="session")
def browser():
    """The Chromium of this machine; none is downloaded."""
    driver = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium on this machine: install chromium or google-chrome")
    with driver.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def barriers():
    """``barriers(shown)``: what axe finds serious on an open page, as (rule, first element, how many)."""
    axe = pytest.importorskip("axe_playwright_python", reason="pip install axe-playwright-python")
    script = (files(axe) / "axe.min.js").read_text(encoding="utf-8")

    def found(shown):
        shown.evaluate(script)
        violations = shown.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        return [
            (one["id"], one["nodes"][0]["html"], len(one["nodes"])) for one in violations if one["impact"] in SERIOUS
        ]

    return found


@pytest.fixture
def page_of(browser, tmp_path):
    """``page_of(html, ...)`` opens a page from disk, offline; what the browser complains of or asks for fails."""
    contexts, wrong = [], []

    def opened(html, width=1280, **options):
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8")
        window = {"viewport": {"width": width, "height": 800}, "offline": True, "reduced_motion": "reduce"}
        contexts.append(browser.new_context(**window, **options))
        contexts[-1].set_default_timeout(PATIENCE)
        shown = contexts[-1].new_page()
        shown.on("console", lambda said: wrong.append(said.text))
        shown.on("pageerror", lambda error: wrong.append(str(error)))
        shown.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
        shown.on("request", lambda asked: wrong.append(asked.url) if asked.url.startswith("http") else None)
        shown.goto(path.as_uri())
        return shown

    yield opened
    for context in contexts:
        context.close()
    assert not wrong
