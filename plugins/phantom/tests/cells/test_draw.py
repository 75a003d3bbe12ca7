"""Whole fields: what may change when one thing does, and what is true of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from unstained_phantom.cells.contents import contents
from unstained_phantom.cells.draw import draw
from unstained_phantom.cells.matter import matter
from unstained_phantom.cells.parameters import MATERIALS, PRESETS
from unstained_phantom.cells.population import Edit, Population
from unstained_phantom.cells.scene import arranged
from unstained_phantom.cells.voxels import occupied
from unstained_phantom.optics.instruments import EMISSION, MARKERS
from unstained_phantom.specimen import Grid, State

SMALL = Grid((24, 64, 64), pixel=0.65, step=0.5)
WIDE = Grid((24, 150, 150), pixel=0.6, step=0.5)
EDITS = [Edit(action, label) for action in ("erase", "insert") for label in ("lipid", "nucleoli", "mitochondria")]


def same(first, second, *, but=()):
    """Whether all labels but some, the masks and the cells' levels agree to the last bit."""
    labels = [name for name in first.fluorophores if name not in but]
    return (
        all(np.array_equal(first.fluorophores[name], second.fluorophores[name]) for name in labels)
        and np.array_equal(first.cells, second.cells)
        and np.array_equal(first.nuclei, second.nuclei)
        and [(cell.id, cell.level, cell.state) for cell in first.who]
        == [(cell.id, cell.level, cell.state) for cell in second.who]
    )


def within(first, second, groups):
    """Correlation of what deviates from the mean of its group."""
    count = np.maximum(np.bincount(groups), 1)
    first, second = (values - (np.bincount(groups, values) / count)[groups] for values in (first, second))
    return np.corrcoef(first, second)[0, 1]


def test_a_field_belongs_to_its_seed(field, grid):
    again = draw(Population(), grid, "a field")
    assert same(field(), again)
    assert np.array_equal(field().index, again.index)
    assert field().who == again.who
    assert not np.array_equal(field().cells, field(seed="another").cells)


def test_a_specimen_is_what_it_says(field, grid):
    made = field()
    assert made.index.shape == grid.shape
    assert made.index.dtype == np.float32
    assert set(made.fluorophores) == {*EMISSION, *MARKERS}
    assert all(density.dtype == np.float32 and density.min() >= 0 for density in made.fluorophores.values())
    assert made.cells.dtype == made.nuclei.dtype == np.uint16
    assert made.edited.dtype == bool
    assert not made.edited.any()
    assert [cell.id for cell in made.who] == list(range(1, len(made.who) + 1))
    assert set(np.unique(made.nuclei)) <= set(np.unique(made.cells))
    assert ((made.nuclei == 0) | (made.nuclei == made.cells)).all()
    assert made.index.min() > -0.03
    assert made.index.max() < 0.14
    for label in ("nucleoli", "lipid", "mitochondria", "membrane", "cytoplasm", "dead", "null_puncta", "shortcut"):
        assert made.fluorophores[label].max() <= 1 + 1e-6
        assert label == "dead" or made.fluorophores[label].max() > 0.3


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: f"{edit.action} {edit.label}")
def test_an_edit_changes_one_organelle_and_nothing_else(field, edit):
    before, after = field(), field(edit=edit)
    assert same(before, after, but={edit.label})
    assert np.array_equal(before.index[:, ~after.edited], after.index[:, ~after.edited])
    was, now = (made.fluorophores[edit.label] for made in (before, after))
    assert np.array_equal(was[:, ~after.edited], now[:, ~after.edited])
    assert (before.index != after.index)[np.abs(was - now) > 1e-4].all()
    assert ((now <= was) if edit.action == "erase" else (now >= was)).all()
    changed = {cell for cell in np.unique(after.cells[after.edited]) if cell}
    assert 0.1 < len(changed) / len(after.who) < 0.7
    assert after.edited.mean() < 0.3


def test_the_cue_changes_the_index_of_droplets_alone(field):
    usual, weak, none = field(), field(lipid_index=0.034), field(lipid_index=0.0)
    assert same(usual, weak)
    assert same(usual, none)
    lipid = usual.fluorophores["lipid"]
    assert np.allclose(usual.index - none.index, MATERIALS.lipid * lipid, atol=1e-8)
    assert np.allclose(weak.index - none.index, 0.034 * lipid, atol=1e-8)
    assert np.array_equal(usual.index, field(lipid_index=MATERIALS.lipid).index)


def test_unlinking_the_shortcut_changes_the_shortcut_alone(field):
    linked, broken = field(), field(shortcut_linked=False)
    assert same(linked, broken, but={"shortcut"})
    assert np.array_equal(linked.index, broken.index)
    assert linked.who == broken.who


def marked_share(specimen):
    """Part of the droplets' voxels that the shortcut marks."""
    return (specimen.fluorophores["shortcut"][specimen.fluorophores["lipid"] > 0.5] > 0.5).mean()


def test_the_shortcut_stands_on_nine_of_ten_droplets_or_on_none(field):
    shares = {
        linked: [marked_share(field(seed=seed, shortcut_linked=linked)) for seed in ("a", "b", "c")]
        for linked in (True, False)
    }
    assert np.mean(shares[True]) == pytest.approx(0.9, abs=0.05)
    assert np.mean(shares[False]) < 0.1
    linked = field(seed="a").fluorophores
    assert (linked["shortcut"] <= linked["lipid"] + 1e-6).all()


def test_null_puncta_leave_no_trace_in_the_index(field):
    """The index is not another one where puncta are than a little way from there."""
    found = []
    for seed in ("a", "b", "c"):
        made = field(seed=seed)
        puncta = made.fluorophores["null_puncta"]
        clear = (made.fluorophores["cytoplasm"] > 0.99) & (made.fluorophores["lipid"] == 0)
        who = np.broadcast_to(made.cells, clear.shape)[clear]
        moved = [np.roll(puncta, way, axis) for axis in (1, 2) for way in (-4, -3, 3, 4)]
        here, *beside = (within(made.index[clear], label[clear], who) for label in (puncta, *moved))
        found.append(here - np.mean(beside))
    assert abs(np.mean(found)) < 0.02


def test_nuclei_are_optically_thinner_than_the_cytoplasm_around_them(field):
    made = field(mixture={"epithelial": 1.0})
    full = made.fluorophores["random_level"] > 0
    for cell in made.who:
        here = made.cells == cell.id
        nucleus = full & here & (made.fluorophores["nucleoli"] == 0) & (made.fluorophores["cytoplasm"] < 0.45)
        cytosol = (made.fluorophores["cytoplasm"] > 0.99) & here & ~full
        if nucleus.sum() > 100 and cytosol.sum() > 100:
            assert made.index[nucleus].mean() < made.index[cytosol].mean() - 0.003
            assert made.index[nucleus].mean() == pytest.approx(1.360 - 1.337, abs=0.009)


def test_dry_mass_is_that_of_the_voxels():
    population, grid = Population(), SMALL
    scene = arranged(population, grid, "mass")
    voxels, filling = occupied(scene.relief, contents(scene, population), grid)
    made = matter(filling, voxels, scene.bodies, np.zeros(voxels.where.size), None)
    specimen = draw(population, grid, "mass")
    volume = grid.pixel**2 * grid.step
    cytosol = np.array([0.0, *(body.index - MATERIALS.medium for body in scene.bodies)])[voxels.owner]
    fat = filling.lipid * (cytosol + MATERIALS.lipid)
    index = volume * (made.index - MATERIALS.debris * filling.debris - fat)
    nuclear = made.nuclear_mass * MATERIALS.nuclear
    protein = (made.other_mass - volume * fat / MATERIALS.fat) * MATERIALS.protein
    assert np.allclose(index, nuclear + protein, atol=1e-12)
    assert sum(cell.nucleus_dry_mass for cell in specimen.who) == pytest.approx(made.nuclear_mass.sum(), rel=0.02)
    assert sum(cell.cytoplasm_dry_mass for cell in specimen.who) == pytest.approx(made.other_mass.sum(), rel=0.02)
    for cell in specimen.who:
        assert cell.column_dry_mass <= cell.nucleus_dry_mass + cell.cytoplasm_dry_mass + 1e-9


def test_cells_weigh_what_cells_weigh(field):
    """Whole adherent cells: 100 to 500 pg, a concentration of 0.1 to 0.25 g/ml."""
    made = field(mixture={"epithelial": 1.0}, confluence=0.6, grid=WIDE)
    border = np.unique([*made.cells[[0, -1]].ravel(), *made.cells[:, [0, -1]].ravel()])
    whole = [cell for cell in made.who if cell.id not in border]
    assert len(whole) >= 3
    for cell in whole:
        mass, volume = cell.nucleus_dry_mass + cell.cytoplasm_dry_mass, cell.nucleus_volume + cell.cytoplasm_volume
        assert 60 < mass < 600
        assert 0.1 < mass / volume < 0.25
        assert 0.05 < cell.nucleus_volume / volume < 0.4


def test_the_same_cells_at_another_pixel_size(field):
    coarse, fine = (field(seed="zoom", grid=Grid((24, edge, edge), 44.8 / edge, 0.5)) for edge in (70, 140))
    assert [(cell.preset, cell.level) for cell in coarse.who] == [(cell.preset, cell.level) for cell in fine.who]
    enlarged = np.kron(coarse.cells, np.ones((2, 2), dtype=np.uint16))
    assert (enlarged == fine.cells).mean() > 0.97
    for one, other in zip(coarse.who, fine.who, strict=True):
        if one.nucleus_volume > 50:
            assert one.nucleus_volume == pytest.approx(other.nucleus_volume, rel=0.05)
            assert one.cytoplasm_volume == pytest.approx(other.cytoplasm_volume, rel=0.05)
    for label in ("dna", "nucleoli", "lipid", "mitochondria", "cytoplasm", "membrane"):
        sums = [made.fluorophores[label].sum() * made.grid.pixel**2 for made in (coarse, fine)]
        assert sums[0] == pytest.approx(sums[1], rel=0.12), label


def test_a_larger_field_shows_more_of_the_same_dish(field):
    small, large = (field(seed="dish", grid=Grid((24, edge, edge), 0.65, 0.5)) for edge in (64, 112))
    middle = large.index[:, 24:-24, 24:-24]
    there = small.cells > 0
    assert ((large.cells[24:-24, 24:-24] > 0) == there).mean() > 0.995
    assert np.corrcoef(middle.sum(0).ravel(), small.index.sum(0).ravel())[0, 1] > 0.99


def test_cells_grow_as_they_are_told_and_stay_where_they_are(field):
    dish = {"mixture": {"epithelial": 1.0}, "confluence": 0.5, "growth_rate": 0.025}
    first, later = (field(hours=hours, grid=WIDE, seed="dish", **dish) for hours in (0.0, 18.0))
    growth = math.exp(0.025 * 18)
    border = {0, *later.cells[[0, -1]].ravel(), *later.cells[:, [0, -1]].ravel()}
    after = {cell.level: cell for cell in later.who if cell.id not in border}
    pairs = [(cell, after[cell.level]) for cell in first.who if cell.level in after]
    assert len(pairs) >= 6
    nuclear, whole = [], []
    for young, old in pairs:
        nuclear.append(old.nucleus_volume / young.nucleus_volume)
        volumes = [cell.nucleus_volume + cell.cytoplasm_volume for cell in (young, old)]
        whole.append(volumes[1] / volumes[0])
        places = [np.argwhere(made.nuclei == cell.id).mean(0) for made, cell in ((first, young), (later, old))]
        assert np.hypot(*(places[1] - places[0])) * WIDE.pixel < 0.7
    assert np.median(nuclear) == pytest.approx(growth, rel=0.03)
    assert np.median(whole) == pytest.approx(growth, rel=0.03)
    assert later.fluorophores["lipid"].sum() > 1.15 * first.fluorophores["lipid"].sum()


def test_rounded_cells_do_not_grow(field):
    first, later = (field(mixture={"dead": 1.0}, seed="kinds", hours=hours, growth_rate=0.03) for hours in (0.0, 20.0))
    assert np.array_equal(first.index, later.index)
    assert first.who == later.who


def test_an_empty_well_holds_nothing(grid):
    made = draw(Population(empty=True), grid, "empty")
    assert made.who == ()
    assert not made.index.any()
    assert not made.cells.any()
    assert not any(density.any() for density in made.fluorophores.values())


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_preset_makes_cells_of_its_kind(field, preset):
    made = field(mixture={preset: 1.0}, seed="kinds")
    assert made.who
    assert {cell.preset for cell in made.who} == {preset}
    assert {cell.state for cell in made.who} == {State(PRESETS[preset].state)}
    nuclei = made.fluorophores["random_level"] > 0
    assert (made.fluorophores["dead"] > 0).any() == (preset == "dead")
    assert np.array_equal(nuclei.any(0), made.nuclei > 0)
    height = (made.index != 0).any((1, 2)).nonzero()[0].max() * made.grid.step
    assert 3 < height < 10


def test_dead_and_dividing_cells_are_round_and_dense(field):
    areas = {
        preset: np.median(
            [(field(mixture={preset: 1.0}, seed="kinds").cells == number).sum() for number in range(2, 7)]
        )
        for preset in ("epithelial", "dead", "mitotic")
    }
    assert areas["dead"] < 0.6 * areas["epithelial"]
    assert areas["mitotic"] < 0.85 * areas["epithelial"]


def test_nothing_but_a_stain_tells_a_motor_neuron_from_a_neuron(field):
    plain, motor = (field(mixture={kind: 1.0}) for kind in ("neuron", "motor-neuron"))
    np.testing.assert_array_equal(plain.index, motor.index)
    for label, density in plain.fluorophores.items():
        if label != "motor_neuron":
            np.testing.assert_array_equal(density, motor.fluorophores[label])
    assert not plain.fluorophores["motor_neuron"].any()
    np.testing.assert_array_equal(motor.fluorophores["motor_neuron"], motor.fluorophores["neuron"])
    assert {cell.preset for cell in motor.who} == {"motor-neuron"}


def test_markers_stain_nuclei_of_their_kind_alone(field):
    mixed = field(mixture={"neuron": 0.5, "fibroblast": 0.5})
    kinds = {cell.id: cell.preset for cell in mixed.who}
    assert len(set(kinds.values())) == 2
    seen = mixed.fluorophores["neuron"].sum(axis=0)
    for cell, kind in kinds.items():
        assert (seen[mixed.nuclei == cell].sum() > 0) == (kind == "neuron" and (mixed.nuclei == cell).any())
