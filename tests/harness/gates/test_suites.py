"""Suites from end to end: honest answers, cheats, failures, folders of predictions; each with its verdicts."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import tifffile
from scipy import ndimage

from harness import records
from harness.candidates.elsewhere import elsewhere
from harness.examination.exams import exams, sampled
from harness.gates import GATES
from harness.judging import UndeliveredError
from harness.scoring import Failure
from zoo.types import Channel, Modality

LABELS = ("dna", "lipid", "null", "random", "short")


def of(outcome, gate, label, model="net"):
    """The verdict of a gate on a label."""
    (verdict,) = (one for one in outcome.board.verdicts[model] if one.gate == gate and one.label in (label, ""))
    return verdict


def outcomes(outcome, gate, model="net"):
    return {one.label: one.outcome for one in outcome.board.verdicts[model] if one.gate == gate}


@pytest.fixture
def truthful(candidate, honesty):
    """A net that says what can be seen; ``asked`` counts its predictions."""

    def made(name="net", **options):
        asked = options.pop("asked", [])

        def say(one, seen):
            asked.append(one.id)
            return honesty(seen["phase"].to_numpy())

        return candidate(say, name, **options)

    return made


@pytest.fixture
def quick(dataset):
    """The drawn dataset with a field a day, for where figures do not matter."""
    made = dataset()
    made.splits["test"] = made.splits["test"][::4]
    return made


def test_an_honest_net_passes_what_it_can_and_a_constant_one_nothing(run, truthful, candidate):
    flat = dict.fromkeys(LABELS, np.full((96, 96), 200, np.float32))
    constant = candidate(lambda *_: flat, "constant")
    outcome = run(truthful(), constant)
    assert of(outcome, "null", "null").outcome == "pass"
    assert of(outcome, "random-level", "random").outcome == "pass"
    assert of(outcome, "cue", "lipid").outcome == "pass"
    assert outcomes(outcome, "edits")["lipid"] == outcomes(outcome, "edits")["dna"] == "pass"
    assert set(outcomes(outcome, "equivariance").values()) == set(outcomes(outcome, "seam").values()) == {"pass"}
    assert of(outcome, "unstained", "dna").outcome == "fail", "it cannot know that a stain is missing"
    assert of(outcome, "shortcut", "short").figure > 0.7
    assert of(outcome, "shifts", "lipid").figures["dim"] < of(outcome, "shifts", "lipid").figures["dim, without"]
    judging = {gate.id for gate in GATES if gate.verdict}
    assert {one.outcome for one in outcome.board.verdicts["constant"] if one.gate in judging} == {"fail"}
    assert of(outcome, "null", "null", "constant").text.startswith("it says the same everywhere")
    assert outcome.failures == ()


def test_core_runs_what_needs_no_further_prediction(run, truthful, tmp_path):
    asked = []
    outcome = run(truthful(asked=asked), suite="core")
    assert asked == [f"test-{day}-{n}" for day in range(6) for n in range(4)]
    assert of(outcome, "null", "null").outcome == of(outcome, "random-level", "random").outcome == "pass"
    beyond = {gate.id for gate in GATES if not gate.in_core}
    left = [one for one in outcome.board.verdicts["net"] if one.gate in beyond]
    assert {(one.label, one.outcome, one.text) for one in left} == {("", "not tested", "suite core does not run it")}
    assert len(left) == len(beyond)
    document = json.loads((tmp_path / "out" / "leaderboard.json").read_text())
    assert len(document["gates"]["net"]) == len(outcome.board.verdicts["net"])
    assert "| gate | null | random-level |" in (tmp_path / "out" / "leaderboard.md").read_text()


@pytest.mark.parametrize(
    ("cheat", "gate", "label"),
    [
        ("puncta of another field", "null", "null"),
        ("droplets it cannot see", "cue", "lipid"),
        ("levels it cannot know", "random-level", "random"),
        ("the same picture for all", "equivariance", "dna"),
        ("stretched to full brightness", "blank", "dna"),
    ],
)
def test_a_cheat_is_named_by_the_gate_that_caught_it(run, candidate, honesty, dataset, cheat, gate, label):
    known = dataset()
    if gate != "random-level":
        known.splits["test"] = known.splits["test"][::4]
    by_id = {one.id: one for fields in known.splits.values() for one in fields}
    first = known.splits["test"][0].open()

    def stretched(image):
        return 100 + 900 * (image - image.min()) / (np.ptp(image) or 1.0)

    def say(one, seen):
        phase = seen["phase"].to_numpy()
        if cheat == "stretched to full brightness":
            lie = stretched(ndimage.gaussian_filter(phase, 2))
        else:
            shown = first if cheat in {"puncta of another field", "the same picture for all"} else by_id[one.id].open()
            lie = shown[f"{label}_clean"].to_numpy()
        return {**honesty(phase), label: lie.astype(np.float32)}

    outcome = run(candidate(say), dataset=known)
    assert of(outcome, gate, label).outcome == "fail"


def test_jobs_of_gates_are_kept_and_not_run_again(run, truthful, quick, tmp_path):
    asked = []
    first = run(truthful(asked=asked), dataset=quick)
    count = len(asked)
    again = run(truthful(asked=asked), dataset=quick)
    assert len(asked) == count
    assert again.board.verdicts == first.board.verdicts
    assert {line.gate for line in first.board.run.jobs} >= {
        "",
        "cue",
        "edits",
        "blank",
        "seam",
        "equivariance",
        "shifts",
    }
    wider = run(truthful(asked=asked), dataset=quick, suite="full")
    assert len(asked) == count + 6 * 31, "corruptions alone are new"
    assert of(wider, "corruptions", "dna").outcome == "diagnostic"
    assert {name: (tmp_path / "out" / name).exists() for name in ("gates.json", "scores.parquet")} == {
        "gates.json": True,
        "scores.parquet": True,
    }


def test_models_of_an_earlier_run_keep_their_verdicts(run, truthful, quick):
    alone = run(truthful("one"), dataset=quick, suite="core")
    both = run(truthful("two"), dataset=quick, suite="trust")
    assert both.board.verdicts["one"] == alone.board.verdicts["one"]
    assert of(both, "seam", "dna", "two").outcome == "pass"
    assert of(both, "seam", "dna", "one").outcome == "not tested"
    assert both.board.run.suite == "trust"


def test_a_board_is_rebuilt_with_its_verdicts(run, truthful, quick, tmp_path):
    from harness.bench import rebuilt

    outcome = run(truthful(), dataset=quick, suite="core")
    before = {path.name: path.read_bytes() for path in outcome.files}
    assert rebuilt([tmp_path / "out"], tmp_path / "out").board.verdicts == outcome.board.verdicts
    assert {path.name: path.read_bytes() for path in outcome.files} == before
    rebuilt([tmp_path / "out"], tmp_path / "other")
    assert (tmp_path / "other" / "gates.json").read_bytes() == (tmp_path / "out" / "gates.json").read_bytes()


def test_failing_on_a_probe_is_no_test_and_no_pass(run, candidate, honesty, quick):
    def say(one, seen):
        if one.id.startswith("cue-1"):
            raise UndeliveredError(Failure("timeout", "no answer after 1 s"))
        return honesty(seen["phase"].to_numpy())

    outcome = run(candidate(say), dataset=quick)
    verdict = of(outcome, "cue", "lipid")
    assert (verdict.outcome, verdict.figure) == ("not tested", None)
    assert verdict.text == "field 'cue-1-0.0': no answer after 1 s"
    assert [(line.gate, line.status) for line in outcome.failures] == [("cue", "timeout")]
    assert of(outcome, "equivariance", "lipid").outcome == "pass"


def test_an_answer_of_the_wrong_shape_to_a_changed_input_is_no_test(run, candidate, honesty, quick):
    def say(one, seen):
        said = honesty(seen["phase"].to_numpy())
        return said if float(seen["phase"].std()) > 0 else {label: image[:5] for label, image in said.items()}

    outcome = run(candidate(say), dataset=quick)
    assert of(outcome, "blank", "dna").outcome == "not tested"
    assert "prediction of 5 x 96 pixels, truth of 96 x 96" in of(outcome, "blank", "dna").text


def test_a_net_without_tiles_or_control_labels_is_not_tested_there(run, truthful, quick):
    outcome = run(truthful(labels=("dna", "lipid"), tiled=None), dataset=quick)
    assert of(outcome, "seam", "dna").text == "field 'test-0-0': it cannot be asked to predict in tiles"
    assert of(outcome, "null", "null").text == "it does not predict this control label"
    assert {of(outcome, "seam", "dna").outcome, of(outcome, "null", "null").outcome} == {"not tested"}
    assert outcome.failures == ()


def test_light_with_a_direction_is_not_turned(run, truthful, quick):
    quick.channels = (Channel(name="phase", modality=Modality.DIC, pixel_size=0.5), *quick.channels[1:])
    outcome = run(truthful(), dataset=quick)
    assert of(outcome, "equivariance", "dna").text == "field 'test-0-0': not for dic"
    assert of(outcome, "seam", "dna").outcome == "pass"


def test_fields_that_are_lit_unevenly_are_not_turned(run, candidate, honesty, quick):
    def slanted(one):
        light = np.linspace(0, 2, 96, dtype=np.float32)
        return one.assign(phase=one["phase"] + light)

    for one in quick.splits["test"]:
        one.open = lambda whole=one.open: slanted(whole())
    outcome = run(candidate(lambda _, seen: honesty(seen["phase"].to_numpy() - np.linspace(0, 2, 96))), dataset=quick)
    assert of(outcome, "equivariance", "dna").text == "none of its fields is fit for it"
    assert outcome.failures == ()


def test_a_dataset_without_probes_leaves_its_gates_untested(run, truthful, quick):
    quick.probes = {}
    outcome = run(truthful(), dataset=quick)
    assert of(outcome, "edits", "dna").text == "the dataset has no fields for it"
    assert of(outcome, "blank", "dna").outcome != "not tested", "blanks are made of any field"


def test_an_empty_dish_of_phase_is_no_slab_of_cells(run, candidate, quick, honesty):
    quick.splits["blank"] = []
    speckle = 40 * np.random.default_rng(0).standard_normal((96, 96)).astype(np.float32)

    def doubtful(_, seen):
        thick = float(seen["phase"].mean())
        return {label: image + 20 * thick * speckle for label, image in honesty(seen["phase"].to_numpy()).items()}

    blank = of(run(candidate(doubtful), dataset=quick), "blank", "dna")
    assert blank.figures["flat"] == 0, "it is shown 0 rad, where it says nothing"
    quick.channels = (replace(quick.channels[0], modality=Modality.BRIGHTFIELD), *quick.channels[1:])
    quick.digest = "e" * 64
    assert of(run(candidate(doubtful), dataset=quick), "blank", "dna").figures["flat"] > 0.05, "the light of its mean"


def test_a_folder_of_predictions_is_tested_by_what_it_holds(run, quick, honesty, tmp_path):
    folder = tmp_path / "mine"
    for label in ("dna", "lipid"):
        (folder / label).mkdir(parents=True)
        for one in (*quick.splits["test"], *quick.splits["cue"]):
            tifffile.imwrite(folder / label / f"{one.id}.tif", honesty(one.open()["phase"])[label])
    probed = [one for asked in exams(quick, "", (), "trust") for unit in asked.units for one in unit]
    made = elsewhere(folder, "mine", quick.splits["test"], ["dna", "lipid", "null"], probed)
    outcome = run(made, dataset=quick)
    assert of(outcome, "cue", "lipid", "mine").outcome == "pass"
    assert of(outcome, "edits", "dna", "mine").text == "there is no prediction of its fields"
    assert of(outcome, "seam", "dna", "mine").text == "predictions made elsewhere know nothing of changed inputs"
    assert outcome.failures == ()
    (folder / "lipid" / "cue-0-0.0.tif").unlink()
    (folder / "dna" / "cue-0-0.0.tif").unlink()
    again = run(elsewhere(folder, "mine", quick.splits["test"], ["dna", "lipid", "null"], probed), dataset=quick)
    assert of(again, "cue", "lipid", "mine").outcome == "not tested"
    assert [line.status for line in again.failures] == ["missing"]


def test_controls_sit_no_exams(run, truthful, quick):
    outcome = run(truthful(), dataset=quick, suite="core")
    controls = [said for name, said in outcome.board.verdicts.items() if name != "net"]
    assert {(one.gate, one.outcome) for said in controls for one in said} == {("calibrated", "diagnostic")}


def test_a_model_sees_nothing_but_inputs_of_probes_either(run, candidate, honesty, quick):
    names = set()

    def say(one, seen):
        names.update(map(str, seen.variables))
        return honesty(seen["phase"].to_numpy())

    run(candidate(say), dataset=quick)
    assert names == {"phase"}


def test_changed_inputs_are_made_of_one_field_a_session(dataset):
    fields = dataset().splits["test"]
    assert [one.id for one in sampled(fields)] == [f"test-{day}-0" for day in range(6)]
    assert [one.id for one in sampled([replace(one, session="") for one in fields])] == [one.id for one in fields[:6]]


def test_a_damaged_record_of_a_gate_is_run_again(run, truthful, quick, tmp_path):
    asked = []
    outcome = run(truthful(asked=asked), dataset=quick)
    line = next(line for line in outcome.board.run.jobs if line.gate == "cue")
    records.job_path(tmp_path / "out", line.key).write_bytes(b"no")
    count = len(asked)
    again = run(truthful(asked=asked), dataset=quick)
    assert len(asked) == count + len(line.fields)
    assert again.board.verdicts == outcome.board.verdicts
    assert "it is run again" in again.warnings[0]
