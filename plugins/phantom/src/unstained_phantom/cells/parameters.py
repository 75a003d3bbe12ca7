"""Sizes, numbers and refractive indices of cells and their parts: each with unit, range and source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from unstained_phantom.quantities import quantity

_SCHUERMANN = "Schürmann 2016, PMC5647217: lower than the cytoplasm in every cell line"
_BARER = "Barer 1954; Zhao 2011: 0.185-0.195 for proteins"
_HANDBOOK = "cell biology by the numbers"


@dataclass(frozen=True, kw_only=True)
class Materials:
    """Refractive indices at 550 nm, and how much dry mass stands behind them."""

    medium: float = quantity(1.337, 1.33, 1.35, "", "index of the medium", source="culture medium, handbook value")
    cell_spread: float = quantity(
        0.003, 0.0, 0.01, "", "standard deviation between cells", source="Curl 2005: 1.360 ± 0.004"
    )
    mitochondrion: float = quantity(1.40, 1.38, 1.42, "", "index of mitochondria", source="Haseda 2015: 1.41 ± 0.01")
    lipid: float = quantity(0.084, 0.0, 0.1, "", "index of droplets over the cytoplasm", source="1.41-1.47: PMC5118789")
    vesicle: float = quantity(
        0.025, 0.0, 0.06, "", "index of lysosomes over the cytoplasm", source="assumed: 1.38-1.40"
    )
    vacuole: float = quantity(
        -0.020, -0.03, 0.0, "", "index of vacuoles over the cytoplasm", source="assumed: filled with medium"
    )
    chromatin: float = quantity(
        0.0012, 0.0, 0.004, "", "standard deviation in the nucleus", source="assumed, below granularity"
    )
    debris: float = quantity(
        0.045, 0.0, 0.1, "", "index of debris over the medium", source="assumed: dried protein, fragments"
    )
    protein_increment: float = quantity(0.19, 0.18, 0.2, "µm³/pg", "index per dry mass: protein", source=_BARER)
    nuclear_increment: float = quantity(
        0.185,
        0.16,
        0.2,
        "µm³/pg",
        "index per dry mass: protein and DNA",
        source=f"{_BARER}; 0.16-0.18 for nucleic acids",
    )
    lipid_increment: float = quantity(
        0.14, 0.12, 0.16, "µm³/pg", "index per dry mass: triolein", source="(1.467 - 1.337) / 0.91 g/ml"
    )


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One kind of cell. Standard deviations are relative."""

    name: str
    form: Literal["spread", "round"] = "spread"
    """``spread`` on the glass, or detached and nearly a ball."""
    state: Literal["alive", "mitotic", "dead"] = "alive"
    territory: float = quantity(
        330.0,
        100.0,
        3000.0,
        "µm²",
        "dish area for each cell at confluence",
        source="HeLa, A549: 1-3 million in a 10 cm dish of 55 cm², smaller ones kept dense",
    )
    area: float = quantity(430.0, 50.0, 3000.0, "µm²", "footprint without neighbours", source="radius 9-13 µm")
    area_spread: float = quantity(0.25, 0.0, 0.6, "", "standard deviation of the footprint", source="assumed")
    aspect: float = quantity(1.3, 1.0, 8.0, "", "mean length over width", source="assumed")
    pointedness: float = quantity(
        2.0, 0.7, 2.5, "", "exponent of the outline: 2 an ellipse, 1 a rhomb", source="assumed"
    )
    bend: float = quantity(0.0, 0.0, 0.6, "", "curvature of the long axis, times its length", source="assumed")
    wobble: float = quantity(
        0.11, 0.0, 0.4, "", "standard deviation of the radius around the outline", source="assumed"
    )
    edge_height: float = quantity(
        0.35,
        0.1,
        2.0,
        "µm",
        "thickness of the lamella behind a free edge",
        source="Abercrombie: lamellipodia 0.1-0.4 µm",
    )
    body_height: float = quantity(
        2.4, 0.3, 9.0, "µm", "thickness away from edges and nucleus", source="atomic force microscopy: 1-4 µm"
    )
    body_width: float = quantity(5.0, 0.5, 20.0, "µm", "way from the free edge to that thickness", source="assumed")
    contact_height: float = quantity(1.5, 0.1, 6.0, "µm", "thickness where two cells touch", source="assumed")
    height: float = quantity(
        8.2, 3.0, 9.0, "µm", "of a rounded cell", source="metaphase HeLa 10-15 µm, flattened to stay in the grid"
    )
    ruffle: float = quantity(
        0.5, 0.0, 2.0, "µm", "height of ruffles behind free edges", source="dorsal ruffles 0.5-2 µm"
    )
    index: float = quantity(1.366, 1.34, 1.40, "", "of the cytoplasm", source="Curl 2005: whole cells 1.360 ± 0.004")
    granularity: float = quantity(
        0.0015, 0.0, 0.006, "", "standard deviation of the cytoplasm's index", source="assumed"
    )
    nucleus_index: float = quantity(
        1.360, 1.35, 1.40, "", "of the nucleoplasm, or of chromatin without nucleus", source=_SCHUERMANN
    )
    nucleus_area: float = quantity(
        72.0, 8.0, 400.0, "µm²", "outline of the nucleus", source="semi-axes 4-6 and 3.5-5 µm"
    )
    nucleus_spread: float = quantity(
        0.12, 0.0, 0.5, "", "standard deviation of that area", source="cell cycle: a factor of 1.6 in volume"
    )
    nucleus_aspect: float = quantity(
        1.25, 1.0, 6.0, "", "mean length over width of the nucleus", source="semi-axes 4-6 and 3.5-5 µm"
    )
    nucleus_height: float = quantity(4.6, 1.0, 8.0, "µm", "thickness of the nucleus", source="semi-axis 2-2.6 µm")
    nucleus_bottom: float = quantity(
        0.6, 0.1, 4.0, "µm", "height of its lower side above the glass", source="assumed: basal cortex and cytoplasm"
    )
    nucleolus_index: float = quantity(
        1.378, 1.37, 1.40, "", "of nucleoli", source="1.37-1.385: densest part of the nucleus"
    )
    nucleoli: float = quantity(
        2.6, 0.0, 6.0, "", "mean number in a nucleus, 1 at least where not 0", source=f"1-4: {_HANDBOOK}"
    )
    nucleolus_radius: float = quantity(0.9, 0.3, 2.0, "µm", "mean radius", source="0.6-1.2 µm")
    droplets: float = quantity(18.0, 0.0, 200.0, "", "mean number of lipid droplets", source="assumed: fed culture")
    droplet_radius: float = quantity(0.45, 0.1, 3.0, "µm", "median radius", source="0.25-0.9 µm")
    droplet_spread: float = quantity(0.33, 0.0, 1.0, "", "standard deviation of its logarithm", source="0.25-0.9 µm")
    droplet_largest: float = quantity(0.9, 0.2, 5.0, "µm", "largest radius", source="0.25-0.9 µm")
    dominated: float = quantity(
        0.0,
        0.0,
        1.0,
        "",
        "share of cells with one droplet of the largest radius",
        source="assumed: unilocular adipocytes",
    )
    mitochondria: float = quantity(
        36.0, 0.0, 200.0, "", "mean number of tubes", source="tens to hundreds, 5-20 % of the cytoplasm"
    )
    mitochondrion_length: float = quantity(
        7.0, 0.5, 20.0, "µm", "mean length of a tube", source="1-10 µm, fused into networks"
    )
    mitochondrion_radius: float = quantity(0.25, 0.1, 0.5, "µm", "of a tube", source="diameter 0.5 µm")
    vesicles: float = quantity(
        60.0, 0.0, 400.0, "", "mean number of lysosomes and endosomes", source=f"tens to hundreds: {_HANDBOOK}"
    )
    vesicle_radius: float = quantity(0.25, 0.05, 0.6, "µm", "mean radius", source="0.1-0.6 µm")
    vacuoles: float = quantity(0.8, 0.0, 20.0, "", "mean number of vacuoles", source="assumed")
    fibres: float = quantity(
        4.0, 0.0, 20.0, "", "mean number of retraction fibres and filopodia at free edges", source="assumed"
    )
    neurites: float = quantity(0.0, 0.0, 8.0, "", "mean number of neurites", source="3-6 early in culture")


EPITHELIAL = Preset(name="epithelial")
FIBROBLAST = Preset(
    name="fibroblast", territory=800.0, area=950.0, area_spread=0.3, aspect=3.4, pointedness=1.25, bend=0.25, wobble=0.08,
    edge_height=0.3, body_height=1.7, body_width=6.0, contact_height=0.9, nucleus_area=120.0, nucleus_aspect=1.7,
    nucleus_height=3.4, nucleus_bottom=0.4, nucleoli=3.2, droplets=8.0, mitochondria=60.0, mitochondrion_length=9.0,
    vesicles=90.0, fibres=6.0,
)  # fmt: skip
ADIPOCYTE = Preset(
    name="adipocyte", territory=620.0, area=760.0, aspect=1.1, wobble=0.05, edge_height=0.8, body_height=6.8, body_width=5.0,
    contact_height=3.0, ruffle=0.1, nucleus_area=62.0, nucleus_height=3.6, droplets=70.0, droplet_radius=1.1,
    droplet_spread=0.5, droplet_largest=3.4, dominated=0.25, mitochondria=25.0, mitochondrion_length=4.0, fibres=1.0,
)  # fmt: skip
NEURON = Preset(
    name="neuron", territory=620.0, area=130.0, aspect=1.25, wobble=0.06, edge_height=0.8, body_height=4.0, body_width=3.0,
    contact_height=2.5, ruffle=0.2, nucleus_area=58.0, nucleus_aspect=1.1, nucleus_height=5.0, nucleoli=1.3, nucleolus_radius=1.0,
    droplets=2.0, droplet_radius=0.3, mitochondria=18.0, mitochondrion_length=3.0, vesicles=30.0, vacuoles=0.2, fibres=0.0,
    neurites=3.6,
)  # fmt: skip
DEAD = Preset(
    name="dead", form="round", state="dead", territory=330.0, area=120.0, area_spread=0.2, aspect=1.1, wobble=0.09, height=7.6,
    index=1.380, granularity=0.004, nucleus_index=1.388, nucleus_area=20.0, nucleus_spread=0.3, nucleus_height=4.0, nucleus_bottom=1.8,
    nucleoli=0.0, droplets=5.0, droplet_radius=0.4, mitochondria=0.0, vesicles=80.0, vesicle_radius=0.35, vacuoles=3.0, fibres=0.0,
)  # fmt: skip
MITOTIC = Preset(
    name="mitotic", form="round", state="mitotic", territory=330.0, area=185.0, area_spread=0.1, aspect=1.04, wobble=0.02, height=8.8,
    nucleus_index=1.376, nucleus_area=34.0, nucleus_aspect=3.4, nucleus_height=6.0, nucleus_bottom=1.4, nucleoli=0.0,
    droplets=14.0, mitochondria=40.0, mitochondrion_length=1.5, vacuoles=0.3, fibres=7.0,
)  # fmt: skip

PRESETS = {one.name: one for one in (EPITHELIAL, FIBROBLAST, ADIPOCYTE, NEURON, DEAD, MITOTIC)}
"""Every kind of cell, by name."""
MATERIALS = Materials()
