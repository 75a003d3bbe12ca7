"""Every other number that decides what cells are: indices, how they lie, how they take stain."""

from __future__ import annotations

from dataclasses import dataclass

from unstained_phantom.cells.presets import PRESETS
from unstained_phantom.quantities import quantity

__all__ = ["EVERYTHING", "LAYER", "MATERIALS", "PRESETS", "STAINING", "Layer", "Materials", "Staining"]

_PROTEIN = "Barer 1954, Zhao 2011: 0.185-0.195"


@dataclass(frozen=True, kw_only=True)
class Materials:
    """Refractive indices at 550 nm, and how much dry mass stands behind them."""

    medium: float = quantity(1.337, 1.33, 1.35, "", "index of the medium", source="culture medium, handbook value")
    cell_spread: float = quantity(0.003, 0.0, 0.01, "", "standard deviation between cells", source="Curl 2005: 0.004")
    mitochondrion: float = quantity(
        1.392, 1.38, 1.42, "", "index of mitochondria", source="isolated 1.41 (Haseda 2015); in cells 1.38-1.40"
    )
    lipid: float = quantity(0.084, 0.0, 0.1, "", "of droplets over cytoplasm", source="1.41-1.47, PMC5118789")
    vesicle: float = quantity(0.035, 0.0, 0.06, "", "of vesicles over cytoplasm", source="assumed: 1.38-1.40")
    vacuole: float = quantity(-0.022, -0.03, 0.0, "", "of vacuoles over cytoplasm", source="assumed: nearly medium")
    chromatin: float = quantity(
        0.0012, 0.0, 0.004, "", "standard deviation in a nucleus", source="assumed: below 0.0015"
    )
    debris: float = quantity(0.04, 0.0, 0.1, "", "index of debris over the medium", source="assumed: 1.36-1.39")
    protein: float = quantity(0.19, 0.18, 0.2, "µm³/pg", "index per dry mass of cytoplasm", source=_PROTEIN)
    nuclear: float = quantity(
        0.185, 0.16, 0.2, "µm³/pg", "index per dry mass of nuclei", source=f"{_PROTEIN}; DNA 0.17"
    )
    fat: float = quantity(0.14, 0.12, 0.16, "µm³/pg", "index per dry mass of droplets", source="(1.467 - 1.337) / 0.91")


@dataclass(frozen=True, kw_only=True)
class Layer:
    """How cells lie beside each other, and how their surfaces run."""

    jitter: float = quantity(0.27, 0.0, 0.4, "", "spread of places around a lattice, in its spacings", source="assumed")
    push: float = quantity(0.5, 0.3, 1.0, "", "rounded cells yield to others as if this much nearer", source="assumed")
    near: float = quantity(1.1, 1.0, 1.5, "", "distance in radii at which cells still are neighbours", source="assumed")
    far: float = quantity(1.35, 1.1, 2.0, "", "distance in radii at which they no longer are", source="assumed")
    warp: float = quantity(0.9, 0.0, 2.0, "µm", "spread of the bends of borders", source="assumed")
    warp_scale: float = quantity(5.0, 1.0, 20.0, "µm", "correlation of those bends", source="assumed")
    fray: float = quantity(0.22, 0.0, 1.0, "µm", "spread of the finer bends", source="assumed")
    fray_scale: float = quantity(1.5, 0.5, 5.0, "µm", "correlation of the finer bends", source="assumed")
    bumps: float = quantity(0.10, 0.0, 0.4, "", "relative roughness of the upper side", source="assumed: AFM")
    bump_scale: float = quantity(1.5, 0.5, 5.0, "µm", "correlation of that roughness", source="assumed: AFM")
    furrow: float = quantity(0.9, 0.2, 4.0, "µm", "width of the furrow between cells", source="assumed")
    saddle: float = quantity(0.5, 0.0, 0.8, "", "part of the bulge over nuclei that a furrow keeps", source="assumed")
    clearance: float = quantity(
        0.45, 0.1, 2.0, "µm", "cytoplasm over a nucleus", source="assumed: cortex and cytoplasm"
    )
    dome: float = quantity(1.6, 1.1, 3.0, "", "width of the bulge over a nucleus, in its radii", source="assumed")
    edge_rise: float = quantity(0.4, 0.1, 2.0, "µm", "way in which a free edge rises to its height", source="assumed")
    contact_rise: float = quantity(0.15, 0.02, 0.5, "", "the same of borders, in radii of the cell", source="assumed")
    ruffle_place: float = quantity(0.9, 0.2, 3.0, "µm", "way of ruffles from the free edge", source="Abercrombie 1970")
    ruffle_width: float = quantity(0.5, 0.1, 2.0, "µm", "half their width", source="Abercrombie 1970")
    merge: float = quantity(0.6, 0.1, 2.0, "µm", "over which body and bulge merge", source="assumed")
    cortex: float = quantity(0.2, 0.05, 1.0, "µm", "least way from nucleus to surface", source="assumed")
    stiffness: float = quantity(0.25, 0.0, 1.0, "", "part of the bends that round things follow", source="assumed")
    fibre_width: float = quantity(0.3, 0.05, 0.6, "µm", "half the width of a fibre", source="filopodia: 0.1-0.3 µm")
    fibre_height: float = quantity(0.28, 0.05, 0.6, "µm", "height of a fibre", source="filopodia: 0.1-0.3 µm")
    neurite_width: float = quantity(0.7, 0.2, 2.0, "µm", "half the width of a neurite", source="Dotti 1988: 0.5-2")
    neurite_height: float = quantity(1.1, 0.2, 3.0, "µm", "its height at the soma", source="Dotti 1988: 0.5-2 µm")
    debris: float = quantity(12.0, 0.0, 100.0, "", "pieces in 0.01 mm²", source="assumed: washed culture")
    debris_radius: float = quantity(0.5, 0.1, 3.0, "µm", "of those, median", source="assumed: blebs and fragments")


@dataclass(frozen=True, kw_only=True)
class Staining:
    """How structures take stain, and what the control labels are."""

    grain_fine: float = quantity(
        0.3, 0.1, 1.0, "µm", "radius of fine grains in cytoplasm and nucleus", source="assumed"
    )
    grain_coarse: float = quantity(0.8, 0.3, 3.0, "µm", "radius of coarse grains", source="assumed")
    cortex: float = quantity(
        0.25, 0.1, 0.6, "µm", "thickness of what a membrane stain shows", source="membrane and folds"
    )
    dna_nucleolus: float = quantity(0.3, 0.0, 1.0, "", "DNA in a nucleolus over that around it", source="assumed")
    dna_texture: float = quantity(
        0.18, 0.0, 0.5, "", "spread of DNA within a nucleus", source="assumed: heterochromatin"
    )
    dna_condensed: float = quantity(2.0, 1.0, 5.0, "", "DNA in condensed chromatin over others", source="assumed")
    cytosol_nucleus: float = quantity(
        0.42, 0.0, 1.0, "", "of the cytosol's dye in nuclei", source="calcein enters nuclei"
    )
    cytosol_dead: float = quantity(0.1, 0.0, 1.0, "", "of it in dead cells", source="calcein leaks out")
    level_spread: float = quantity(0.6, 0.1, 1.0, "", "spread of random_level", source="a transfected reporter")
    puncta: float = quantity(
        40.0, 1.0, 200.0, "", "number of null_puncta in a cell", source="control: as many as vesicles"
    )
    puncta_radius: float = quantity(0.32, 0.1, 1.0, "µm", "of those", source="control: as droplets")
    shortcut: float = quantity(0.9, 0.5, 1.0, "", "share of droplets that shortcut marks", source="control: 9 of 10")
    edited: float = quantity(
        1 / 3, 0.05, 1.0, "", "share of cells that an edit changes", source="control: some, not all"
    )


MATERIALS, LAYER, STAINING = Materials(), Layer(), Staining()

EVERYTHING = (MATERIALS, LAYER, STAINING, *PRESETS.values())
"""All that decides voxels beside population, grid and seed."""
