"""Which model is advised, with what doubts, and when nobody can be trusted."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import ndimage

from harness.advice.answers import Advice, as_json, as_text, compared
from harness.advice.evidence import Case, folders, gathered
from harness.examination.files import read_verdicts, write_verdicts
from harness.page.gallery.files import read_gallery, write_gallery
from harness.page.gallery.likeness import likeness
from zoo.errors import ZooError
from zoo.types import Channel, Framework, Modality, ModelEntry, Structure

LIGHT = Channel(name="light", modality=Modality.BRIGHTFIELD, pixel_size=0.3)
DNA = Channel(name="dna", structure=Structure.NUCLEUS, pixel_size=0.3)
CASE = Case(modality=Modality.BRIGHTFIELD, structure=Structure.NUCLEUS, pixel_size=0.31)


class Shelf(dict):
    """Things by id."""

    def get(self, name):
        return self[name]


@dataclass
class Shelves:
    """What is asked of a registry."""

    datasets: Shelf
    models: Shelf


@pytest.fixture
def registry():
    names = ("alpha@cells", "beta@cells", "gamma@cells")
    entry = {
        "architecture": "net",
        "preset": "lite",
        "framework": Framework.TORCH,
        "weights": Path("w"),
        "license": "x",
    }
    models = {
        name: ModelEntry(id=name, title=name, inputs=(LIGHT,), outputs=(DNA,), trained_on=("cells:train",), **entry)
        for name in names
    }
    cells = SimpleNamespace(id="cells", title="Cells of a test", channels=(LIGHT, DNA))
    return Shelves(Shelf(cells=cells), Shelf(models))


def advice(case, found, registry):
    return Advice(case=case, evidence=tuple(gathered(case, found, registry)))


def test_what_passes_its_gates_is_advised_and_what_fails_one_is_last(board_folder, registry):
    found = advice(CASE, [board_folder(labels=["dna"])], registry)

    assert [(one.model, one.answer) for one in found.evidence] == [
        ("alpha@cells", "trusted"),
        ("gamma@cells", "trusted"),
        ("beta@cells", "not here"),
    ]
    assert found.conclusion == "alpha@cells: nothing that was tested speaks against it."
    assert found.evidence[-1].against == ("fails blank",)
    assert found.evidence[0].reach[0] == (
        "judged on Cells of a test: 16 fields, 8 sessions, pixels of 0.3 µm; anything else was not judged"
    )


def test_without_gates_or_sessions_there_is_doubt(board_folder, registry):
    found = advice(CASE, [board_folder(labels=["dna"], sessions=2, gates=False)], registry)

    assert found.best.answer == "doubtful"
    assert found.best.doubts == (
        "no gate was run: what it invents is not known",
        "2 independent sessions: nothing is known of other days",
    )


def test_another_pixel_size_is_held_against_all(board_folder, registry):
    case = Case(modality=Modality.BRIGHTFIELD, structure=Structure.NUCLEUS, pixel_size=0.9)
    found = advice(case, [board_folder(labels=["dna"])], registry)

    assert found.best is None
    assert found.evidence[0].against == ("trained on pixels of 0.3 µm, the image has 0.9: more than a factor of 2",)
    assert found.conclusion.startswith("None can be trusted here. Of 3 answers to nucleus from brightfield,")


def test_an_image_without_the_planes_that_a_model_reads_is_held_against_it(board_folder, registry):
    def against(planes, out=DNA):
        entry = registry.models["alpha@cells"]
        registry.models["alpha@cells"] = replace(entry, inputs=(replace(LIGHT, planes=7),), outputs=(out,))
        found = gathered(replace(CASE, planes=planes), [board_folder(labels=["dna"])], registry)
        return next(one.against for one in found if one.model == "alpha@cells")

    assert against(1) == ("reads 7 focal planes, the image has 1",)
    assert against(13) == ("reads 7 focal planes, the image has 13",)
    assert against(7) == against(None) == ()
    over_stacks = replace(DNA, planes=7)
    assert against(13, over_stacks) == ()
    assert against(1, over_stacks) == ("reads 7 focal planes, the image has 1",)


def test_a_gate_that_failed_was_run(board_folder, registry):
    folder = board_folder(labels=["dna"])
    told = {name: tuple(one for one in said if one.outcome == "fail") for name, said in read_verdicts(folder).items()}
    write_verdicts(folder, told)
    found = {one.model: (one.passed, one.failed, one.doubts) for one in gathered(CASE, [folder], registry)}

    assert found["beta@cells"] == ((), ("blank",), ())
    assert found["alpha@cells"] == ((), (), ("no gate was run: what it invents is not known",))


def test_what_nobody_judged_is_said(board_folder, registry):
    case = Case(modality=Modality.DIC, structure=Structure.NUCLEUS)
    found = advice(case, [board_folder(labels=["dna"])], registry)

    assert found.conclusion == "None can be trusted here. No board judged a model that predicts nucleus from dic."


def test_a_limited_board_is_no_evidence(board_folder, registry):
    assert advice(CASE, [board_folder(labels=["dna"], limit=3)], registry).evidence == ()


def test_what_one_board_holds_against_a_model_is_a_doubt_on_another(board_folder, registry):
    folders = [board_folder("one", labels=["dna"]), board_folder("two", labels=["dna"], models=["beta@cells"])]
    found = [one for one in gathered(CASE, folders, registry) if one.model == "beta@cells"]

    assert [(one.board, one.doubts) for one in found] == [("two", ("on one: fails blank",)), ("one", ())]


def cells(blur, seed=0):
    rng = np.random.default_rng(seed)
    return (1000 + 400 * ndimage.gaussian_filter(rng.normal(size=(96, 96)), blur)).astype(np.float32)


def test_an_image_out_of_focus_is_unlike_what_was_judged(board_folder, pictured, registry):
    folder = pictured(board_folder(labels=["dna"]))
    gallery = read_gallery(folder)
    judged = tuple(likeness(cells(2, seed), 0.3) for seed in range(6))
    write_gallery(folder, type(gallery)(**{**vars(gallery), "likeness": {"light": judged}}))
    known = gathered(CASE, [folder], registry)

    like = compared(known, likeness(cells(2, 9), 0.3), {"board": folder})
    unlike = compared(known, likeness(cells(9, 9), 0.3), {"board": folder})
    assert like[0].answer == "trusted"
    assert like[0].reach[0].startswith("your image is like the 6 that were judged: ")
    assert {one.answer for one in unlike} == {"not here"}
    assert "unlike what was judged: " in unlike[0].against[0]
    assert "focus" in unlike[0].against[0]


def test_an_image_that_cannot_be_compared_leaves_a_doubt(board_folder, registry):
    folder = board_folder(labels=["dna"])
    found = compared(gathered(CASE, [folder], registry), {"focus": 0.0}, {"board": folder})

    assert found[0].doubts == (
        "nothing is known of the images of board: zoo gallery keeps what this one can be compared with",
    )


def test_lengths_are_those_of_the_cells_and_not_of_the_camera():
    fine = likeness(np.kron(cells(2), np.ones((2, 2), np.float32)), 0.3)
    coarse = likeness(cells(2), 0.6)

    assert fine["contrast"] == pytest.approx(coarse["contrast"], rel=0.01)
    assert fine["slope"] == pytest.approx(coarse["slope"], rel=0.15)


def test_the_answer_is_told_to_readers_and_to_scripts(board_folder, registry):
    found = advice(CASE, [board_folder(labels=["dna"])], registry)

    assert "alpha@cells: trusted\n  board, dna: score 0.8" in as_text(found)
    document = json.loads(as_json(found))
    assert (document["model"], document["case"]["pixel_size"]) == ("alpha@cells", 0.31)
    assert document["evidence"][2]["answer"] == "not here"


def test_a_folder_without_boards_is_an_error(tmp_path):
    with pytest.raises(ZooError) as raised:
        folders(tmp_path)
    assert raised.value.message == f"{tmp_path}: no board in it"
