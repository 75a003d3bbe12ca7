"""What a biologist reads off predictions: viability, dry mass, growth, and skill after a gain."""

from __future__ import annotations

from dataclasses import replace
from math import exp, pi

import numpy as np
import pytest
import xarray as xr
from scipy import ndimage

from harness import surveys
from harness.examination.scenes import Scene
from harness.gates import calibration, calls, drymass, growth, viability
from harness.gates.sums import Untested
from harness.gates.verdicts import Row
from harness.metrics import METRICS
from harness.objects.drawings import Drawings
from harness.objects.fitting import fitted
from harness.objects.truths import ObjectTruth
from harness.objects.weighing import cells_around
from harness.scoring import Scale, reference
from harness.surveys import survey
from zoo.types import Channel, Modality, Structure
from zoo.types.statistics import LEVELS

SIZE, PIXEL, WAVELENGTH, INCREMENT = 96, 0.5, 0.55, 0.19
SCALE = Scale(low=100.0, high=1000.0, mean=200.0, sd=180.0)
DRAWINGS = Drawings(
    structures={"dna": Structure.NUCLEUS, "cytosol": Structure.CYTOPLASM, "dead": Structure.DEAD_NUCLEUS},
    outlines={"cells": (Structure.CYTOPLASM,), "nuclei": (Structure.NUCLEUS, Structure.DEAD_NUCLEUS)},
)


def dish(hours=0.0, rate=0.03, seed=0):
    """Nine cells in a dish, the middle one whole on every side; one in three is dead. Mass grows with the phase."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:SIZE, :SIZE]
    cells, nuclei = (np.zeros((SIZE, SIZE), np.uint16) for _ in range(2))
    for number in range(9):
        middle = 16 + 32 * np.array(divmod(number, 3)) + rng.uniform(-2, 2, 2)
        distance, radius = np.hypot(y - middle[0], x - middle[1]), rng.uniform(10, 13)
        cells[distance < radius] = nuclei[distance < 0.5 * radius] = number + 1
        nuclei[(distance >= 0.5 * radius) & (nuclei == number + 1)] = 0
    height = ndimage.gaussian_filter((cells > 0).astype(float), 1)
    phase = 0.02 + exp(rate * hours) * height
    pg = PIXEL**2 * WAVELENGTH / (2 * pi * INCREMENT)
    nucleus, whole = (np.bincount(mask.ravel(), (phase - 0.02).ravel(), 10)[1:] * pg for mask in (nuclei, cells))
    states = np.array(["dead" if number % 3 == 0 else "alive" for number in range(9)])
    dying = np.isin(nuclei, 1 + np.flatnonzero(states == "dead"))
    stain = {"dna": nuclei > 0, "cytosol": cells > 0, "dead": dying}
    images = {name: 100 + 900 * ndimage.gaussian_filter(part.astype(float), 1) for name, part in stain.items()}
    known = {"wavelength": WAVELENGTH, "nucleus_increment": INCREMENT, "cytoplasm_increment": INCREMENT}
    variables = {name: (("y", "x"), image.astype(np.float32)) for name, image in images.items()}
    facts = {"state": states, "column_dry_mass": nucleus, "nucleus_dry_mass": nucleus}
    facts["cytoplasm_dry_mass"] = whole - nucleus
    return xr.Dataset(
        {
            **variables,
            "phase": (("y", "x"), phase.astype(np.float32), known),
            "cells": (("y", "x"), cells),
            "nuclei": (("y", "x"), nuclei),
            **{name: ("cell", fact) for name, fact in facts.items()},
        },
        coords={"cell": np.arange(1, 10)},
        attrs={"pixel_size": PIXEL},
    )


class Place:
    """A field that is open already."""

    def __init__(self, session="one", condition=""):
        self.id, self.session, self.condition = f"{session} {condition}", session, condition


@pytest.fixture(scope="module")
def fits():
    """Of each label, fitted to one dish; ``dead`` as surveys fit it."""
    opened = dish(seed=5)
    masks = {name: opened[name].to_numpy().astype(np.int32) for name in ("cells", "nuclei")}
    every = np.ones((SIZE, SIZE), bool)
    return {
        name: fitted([DRAWINGS.shown(name, SCALE.applied(opened[name].to_numpy()), every, PIXEL, masks)])
        for name in DRAWINGS.structures
    }


@pytest.fixture(scope="module")
def subject(fits):
    """``subject("dna", opened, said)``: a label of a dish, and what was said of every label, in counts."""
    made = {**fits, "dead": replace(fits["dead"], dead=0.3)}

    def look(label, opened, said, place=Place()):  # noqa: B008 - never changed
        references = {
            name: reference(opened, name, "f", SCALE, METRICS[:1], ("cells", "nuclei"), (made[name], DRAWINGS))
            for name in DRAWINGS.structures
        }
        scene = Scene(place, opened, references, dict.fromkeys(references, SCALE), DRAWINGS, "phase")
        counts = {name: np.asarray(image, np.float32) for name, image in said.items()}
        return scene.subject(label, counts, changed={})

    return look


class Dishes:
    """A dataset of dishes for training."""

    id, digest, intensity, schemes = "dishes", "d", "comparable", {"": None}
    outlines = DRAWINGS.outlines
    channels = (
        Channel(name="phase", modality=Modality.QUANTITATIVE_PHASE, pixel_size=PIXEL),
        *(Channel(name=name, structure=structure) for name, structure in DRAWINGS.structures.items()),
    )

    def __init__(self, made):
        self.made = made

    def fields(self, _split, *, scheme):
        return [Dish(f"dish-{number}{scheme}", one) for number, one in enumerate(self.made)]


class Dish:
    """A field of it."""

    session = condition = ""

    def __init__(self, name, opened):
        self.id, self.opened = name, opened

    def open(self):
        return self.opened


def rows(module, subjects, session=None):
    """What a diagnostic measures of some subjects, each in a session of its own."""
    return [
        Row(
            gate="g",
            label=one.label,
            field=str(place),
            session=session or str(place),
            condition=one.condition,
            item=item,
            values=values,
        )
        for place, one in enumerate(subjects)
        for item, values in module.measured(one)
    ]


def truth(opened):
    return {name: opened[name].to_numpy() for name in DRAWINGS.structures}


def test_a_survey_learns_from_which_level_on_cells_are_dead_and_where_there_is_one():
    made = [dish(seed=seed) for seed in range(3)]
    found = survey(Dishes(made), "", objects=True)
    scale, fit = found.scales["dead"], found.objects["dead"]
    seen = [(scale.applied(one["dead"].to_numpy()), one["nuclei"].to_numpy()) for one in made]
    inside = [image[nuclei == cell].mean() for image, nuclei in seen for cell in (1, 2)]
    assert max(inside[1::2]) < fit.dead < min(inside[::2])
    assert found.objects["dna"].dead is None
    bright = found.scales["cytosol"].applied(made[0]["cytosol"].to_numpy()) > found.objects["cytosol"].cover
    assert np.mean(bright == (made[0]["cells"].to_numpy() > 0)) > 0.97
    assert surveys.digest(Dishes(made), "") != surveys.digest(Dishes(made), "", 3)


@pytest.mark.parametrize("states", [None, "alive"])
def test_training_fields_that_know_no_dead_cells_fit_no_level(states):
    plain = dish().drop_vars("state")
    one = plain if states is None else plain.assign(state=("cell", np.full(9, states)))
    assert survey(Dishes([one]), "", objects=True).objects["dead"].dead is None


def test_counts_that_cannot_be_compared_cover_nothing():
    opened = dish()
    masks = {name: opened[name].to_numpy().astype(np.int32) for name in ("cells", "nuclei")}
    every = np.ones((SIZE, SIZE), bool)
    shown = DRAWINGS.shown("cytosol", SCALE.applied(opened["cytosol"].to_numpy()), every, PIXEL, masks)
    assert fitted([shown], comparable=False).cover is None
    assert 0 < fitted([shown]).cover < 0.9


def test_touching_cells_are_parted_between_their_nuclei():
    nuclei = np.zeros((9, 20), np.int32)
    nuclei[4, 3], nuclei[4, 15] = 1, 2
    covered = np.zeros((9, 20), bool)
    covered[2:7, 1:18] = True
    cells = cells_around(nuclei, covered)
    assert (cells[2:7, 1:9] == 1).all()
    assert (cells[2:7, 10:18] == 2).all()
    assert not cells[~covered].any()


def test_the_true_stain_tells_every_dead_cell(subject):
    opened = dish()
    found = viability.judged(rows(viability, [subject("dead", opened, truth(opened))]), [])
    assert found.outcome == "diagnostic"
    assert (found.figures["cells"], found.figures["dead"], found.figure) == (9, 3, 1.0)
    assert found.figures["MCC"] == found.figures["sensitivity at 95%"] == 1


def test_a_net_that_calls_all_alive_is_a_coin(subject):
    opened = dish()
    silent = {"dead": np.full((SIZE, SIZE), 100.0)}
    found = viability.judged(rows(viability, [subject("dead", opened, silent)]), [])
    assert (found.figure, found.figures["MCC"], found.figures["sensitivity at 95%"]) == (0.5, 0, 0)


def test_a_field_without_states_and_a_fit_without_a_level_are_named(subject, fits):
    opened = dish()
    with pytest.raises(Untested, match="lacks nuclei that are drawn, or the state"):
        list(viability.measured(subject("dead", opened.drop_vars("state"), truth(opened))))
    assert fits["dead"].dead is None
    with pytest.raises(Untested, match="no training field tells dead cells"):
        list(viability.measured(subject("dna", opened, truth(opened))))


@pytest.mark.parametrize("label", ["dna", "cytosol"])
def test_the_true_stain_weighs_what_cells_weigh(subject, label):
    opened = dish()
    found = drymass.judged(rows(drymass, [subject(label, opened, truth(opened))]), [])
    assert found.figures["found"] == 1
    assert found.figure < 0.1
    assert found.figures["error in drawn outlines"] < 0.005
    assert found.figures["concordance"] > 0.8
    assert abs(found.figures["field"]) < 0.1


def test_outlines_that_are_too_large_weigh_too_much(subject):
    opened = dish()
    honest = truth(opened)
    wide = {**honest, "dna": ndimage.grey_dilation(honest["dna"], 3)}
    plain, fat = (drymass.judged(rows(drymass, [subject("dna", opened, said)]), []) for said in (honest, wide))
    assert fat.figures["bias"] > plain.figures["bias"] + 0.2
    assert fat.figure > 0.2
    assert fat.figures["error in drawn outlines"] == plain.figures["error in drawn outlines"]


def test_cells_that_are_not_found_count_as_lost(subject):
    opened = dish()
    half = {**truth(opened), "dna": np.where(np.arange(SIZE) < 60, opened["dna"], 100)}
    found = drymass.judged(rows(drymass, [subject("dna", opened, half)]), [])
    assert found.figures["found"] == pytest.approx(6 / 9)
    none = {**truth(opened), "dna": np.full((SIZE, SIZE), 100.0)}
    assert drymass.judged(rows(drymass, [subject("dna", opened, none)]), []).outcome == "not tested"


def test_what_mass_is_read_off_is_asked_for(subject):
    opened = dish()
    bare = opened.assign(phase=opened["phase"].drop_attrs())
    for changed in (opened.drop_vars("phase"), opened.drop_vars("nuclei"), bare):
        with pytest.raises(Untested, match="lacks a phase with its wavelength, or drawn cells and nuclei"):
            list(drymass.measured(subject("dna", changed, truth(opened))))
    with pytest.raises(Untested, match="says nothing of nuclei"):
        list(drymass.measured(subject("cytosol", opened, {"cytosol": truth(opened)["cytosol"]})))


def test_without_facts_cells_are_weighed_within_drawn_outlines(subject):
    opened = dish().drop_vars(["column_dry_mass"])
    found = drymass.judged(rows(drymass, [subject("dna", opened, truth(opened))]), [])
    assert (found.figure, found.figures["error in drawn outlines"]) == (0, 0)
    assert "known" not in rows(drymass, [subject("dna", opened, truth(opened))])[0].values


@pytest.mark.parametrize("label", ["dna", "cytosol"])
def test_dishes_grow_at_the_rate_that_they_were_made_with(subject, label):
    films = []
    for hours in (0.0, 4.0, 8.0):
        opened = dish(hours)
        films.append(subject(label, opened, truth(opened), Place("dish", f"hour {hours:02.0f}")))
    found = growth.judged(rows(growth, films, "dish"), [])
    for kind in ("predicted", "drawn", "known"):
        assert found.figures[f"dish, {kind}"] == pytest.approx(0.03, abs=5e-4)
    assert found.figure < 0.01
    assert growth.judged(rows(growth, films[:1], "dish"), []).outcome == "not tested"


def test_a_wrong_gain_is_told_from_a_wrong_picture(subject):
    dishes = [dish(seed=seed) for seed in range(3)]

    def found(change):
        return calibration.judged(
            rows(calibration, [subject("dna", one, {"dna": change(one["dna"].to_numpy())}) for one in dishes]), []
        )

    dim, other = found(lambda image: 300 + 0.4 * image), found(lambda image: image[::-1, ::-1])
    assert dim.figures["R²"] < 0.7
    assert dim.figure == pytest.approx(1, abs=1e-6)
    assert dim.figures["gain"] == pytest.approx(2.5, abs=1e-4)
    assert other.figure < 0.6
    assert other.figures["R²"] < other.figure
    flat = found(lambda image: np.full_like(image, 300))
    assert flat.figures["gain"] == 0
    assert flat.figure < 0


def test_one_session_calibrates_nobody(subject):
    opened = dish()
    found = calibration.judged(rows(calibration, [subject("dna", opened, truth(opened))]), [])
    assert (found.outcome, found.figure) == ("not tested", None)


def distribution(opened, low, high):
    """Half of the mass at one image of the dead, half at another."""
    quantiles = {f"dead.q{level:g}": low if level < 50 else high for level in LEVELS if level != 50}
    return {**truth(opened), **quantiles}


def test_who_is_sure_and_right_calls_every_cell(subject):
    made = [dish(seed=seed) for seed in (1, 2)]
    looked = [subject("dead", one, distribution(one, one["dead"].to_numpy(), one["dead"].to_numpy())) for one in made]
    found = calls.judged(rows(calls, looked), [])
    assert found.outcome == "diagnostic"
    assert found.text == "100% of 18 cells called, 100% of them right; 100% of 6 stained cells found"
    assert found.figures["Brier"] == found.figure < 0.001


def test_who_cannot_tell_the_dead_calls_nobody_and_who_is_wrong_is_shown(subject):
    one = dish(seed=1)
    nuclei = 100.0 + 900 * (one["nuclei"].to_numpy() > 0)
    nobody = np.full_like(nuclei, 100.0)
    doubtful = calls.judged(rows(calls, [subject("dead", one, distribution(one, nobody, nuclei))]), [])
    assert doubtful.text == "0% of 9 cells called; 0% of 3 stained cells found"
    assert doubtful.figure == pytest.approx(0.25, abs=0.01)
    assert "right" not in doubtful.figures
    sure = calls.judged(rows(calls, [subject("dead", one, distribution(one, nuclei, nuclei))]), [])
    assert sure.text == "100% of 9 cells called, 33% of them right; 100% of 3 stained cells found"


def test_calls_need_drawn_nuclei_and_a_distribution(subject):
    with pytest.raises(Untested, match="the model gives no quantiles"):
        list(calls.measured(subject("dead", dish(), truth(dish()))))
    bare = subject("dead", dish(), distribution(dish(), *[dish()["dead"].to_numpy()] * 2))
    undrawn = replace(bare, objects={"dead": replace_shown(bare.objects["dead"])})
    with pytest.raises(Untested, match="the field lacks nuclei that are drawn"):
        list(calls.measured(undrawn))


def replace_shown(known):
    return ObjectTruth(replace(known.shown, objects=None, within=None), known.fit)
