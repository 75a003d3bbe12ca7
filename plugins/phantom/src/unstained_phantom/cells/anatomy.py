"""What makes a kind of cell: sizes, numbers of organelles, refractive indices, each with unit, range and source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from unstained_phantom.quantities import quantity

_NUCLEUS = "Schürmann 2016, PMC5647217: below the cytoplasm in every cell line"
_NUMBERS = "Milo and Phillips, Cell Biology by the Numbers"
_OUTLINE = "semi-axes 4-6 and 3.5-5 µm in epithelial lines"


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One kind of cell. A value is a mean over such cells unless it says otherwise; spreads are relative."""

    name: str
    source: str = ""
    """Where those values are from in which it differs from the epithelial preset, whose sources stand at the fields."""
    form: Literal["spread", "round"] = "spread"
    """``spread`` on the glass, or detached and nearly a ball."""
    state: Literal["alive", "mitotic", "dead"] = "alive"

    territory: float = quantity(330.0, 100.0, 3000.0, "µm²", "dish area of a cell at confluence", source=_NUMBERS)
    area: float = quantity(
        540.0, 50.0, 3000.0, "µm²", "footprint without neighbours", source="radius 10-14 µm in sparse HeLa"
    )
    area_spread: float = quantity(0.25, 0.0, 0.6, "", "spread of the footprint", source="assumed")
    aspect: float = quantity(1.35, 1.0, 8.0, "", "length over width", source="assumed")
    pointedness: float = quantity(
        2.0, 0.7, 2.5, "", "exponent of the outline: 2 an ellipse, 1 a rhomb", source="assumed"
    )
    bend: float = quantity(
        0.0, 0.0, 0.6, "", "spread of the long axis' curvature, times half its length", source="assumed"
    )
    wobble: float = quantity(0.12, 0.0, 0.4, "", "spread of the radius around the outline", source="assumed")

    edge_height: float = quantity(
        0.3, 0.1, 2.0, "µm", "lamella behind a free edge", source="Abercrombie 1971: 0.1-0.4 µm"
    )
    body_height: float = quantity(
        3.0, 0.3, 9.0, "µm", "thickness between edges and nucleus", source="AFM of adherent cells: 1-4 µm"
    )
    body_width: float = quantity(5.5, 0.5, 20.0, "µm", "way from a free edge to that thickness", source="assumed")
    contact_height: float = quantity(1.9, 0.1, 6.0, "µm", "thickness where two cells touch", source="assumed")
    height: float = quantity(
        8.6, 3.0, 9.0, "µm", "of a rounded cell", source="10-15 µm in HeLa; kept within 9 µm above the glass"
    )
    ruffle: float = quantity(
        0.45, 0.0, 2.0, "µm", "height of ruffles behind free edges", source="Abercrombie 1970: 0.5-2 µm"
    )
    fibres: float = quantity(5.0, 0.0, 20.0, "", "number of filopodia and retraction fibres", source="assumed")
    fibre_length: float = quantity(4.0, 0.5, 20.0, "µm", "of those, beyond the edge", source="filopodia: 1-10 µm")
    blebs: float = quantity(0.0, 0.0, 20.0, "", "number of blebs", source="assumed")
    bleb_radius: float = quantity(1.2, 0.3, 4.0, "µm", "of those", source="Charras 2008: 0.5-3 µm")
    neurites: float = quantity(0.0, 0.0, 8.0, "", "number of neurites", source="Dotti 1988: 3-6 in the first days")
    neurite_length: float = quantity(
        45.0, 5.0, 200.0, "µm", "of those", source="Dotti 1988: tens of µm in the first days"
    )

    index: float = quantity(1.366, 1.34, 1.40, "", "of the cytoplasm", source="Curl 2005: whole cells 1.360 ± 0.004")
    granularity: float = quantity(
        0.0015, 0.0, 0.006, "", "standard deviation of that index within a cell", source="assumed"
    )
    ghosts: float = quantity(0.0, 0.0, 1.0, "", "share of cells that have lost most of their protein", source="assumed")
    ghost_index: float = quantity(1.347, 1.338, 1.37, "", "of their cytoplasm", source="assumed: leaky membrane")

    nucleus_index: float = quantity(
        1.360, 1.35, 1.40, "", "of nucleoplasm; of chromatin without envelope", source=_NUCLEUS
    )
    nucleus_area: float = quantity(78.0, 8.0, 400.0, "µm²", "outline of the nucleus", source=_OUTLINE)
    nucleus_spread: float = quantity(0.16, 0.0, 0.5, "", "spread of that area", source="cell cycle: 1.6-fold in volume")
    nucleus_share: float = quantity(0.30, 0.05, 0.7, "", "largest part of a footprint that it covers", source="assumed")
    nucleus_aspect: float = quantity(1.25, 1.0, 6.0, "", "length over width", source=_OUTLINE)
    nucleus_wobble: float = quantity(0.035, 0.0, 0.3, "", "spread of its radius around the outline", source="assumed")
    anaphase: float = quantity(0.0, 0.0, 1.0, "", "share of cells with parted chromatin", source="minutes of an hour")
    nucleus_aside: float = quantity(
        0.0, 0.0, 1.0, "", "way from the middle of the cell, in its radii", source="assumed"
    )
    nucleus_height: float = quantity(4.6, 1.0, 8.0, "µm", "thickness", source="semi-axis 2-2.6 µm")
    nucleus_bottom: float = quantity(
        0.6, 0.1, 4.0, "µm", "of its lower side above the glass", source="assumed: basal cortex"
    )
    nucleoli: float = quantity(
        2.6, 0.0, 6.0, "", "number of nucleoli, at least 1 where not 0", source=f"1-4, {_NUMBERS}"
    )
    nucleolus_radius: float = quantity(0.9, 0.3, 2.0, "µm", "of a nucleolus", source="0.6-1.2 µm")
    nucleolus_index: float = quantity(
        1.378, 1.37, 1.40, "", "of nucleoli", source="1.37-1.385, densest part of a nucleus"
    )

    droplets: float = quantity(18.0, 0.0, 200.0, "", "number of lipid droplets", source="assumed: fed culture")
    droplet_radius: float = quantity(0.42, 0.1, 3.0, "µm", "median radius of droplets", source="0.25-0.9 µm")
    droplet_gather: float = quantity(
        0.8, 0.0, 3.0, "", "their spread around the nucleus, in its radii; 0: anywhere", source="assumed"
    )
    droplet_spread: float = quantity(0.36, 0.0, 1.0, "", "spread of its logarithm", source="0.25-0.9 µm")
    droplet_largest: float = quantity(0.95, 0.2, 5.0, "µm", "largest radius", source="0.25-0.9 µm")
    dominated: float = quantity(
        0.0, 0.0, 1.0, "", "share of cells with one droplet of at least that radius", source="assumed"
    )
    mitochondria: float = quantity(
        60.0, 0.0, 200.0, "", "number of tubes", source=f"hundreds, fused into networks, {_NUMBERS}"
    )
    mitochondrion_length: float = quantity(5.0, 0.5, 20.0, "µm", "of a tube", source=f"1-10 µm, {_NUMBERS}")
    mitochondrion_radius: float = quantity(0.22, 0.1, 0.5, "µm", "of a tube", source=f"diameter 0.3-0.6 µm, {_NUMBERS}")
    vesicles: float = quantity(
        130.0, 0.0, 600.0, "", "number of lysosomes and endosomes", source=f"hundreds, {_NUMBERS}"
    )
    vesicle_radius: float = quantity(0.22, 0.05, 0.6, "µm", "of those", source=f"0.1-0.6 µm, {_NUMBERS}")
    vacuoles: float = quantity(0.7, 0.0, 20.0, "", "number of vacuoles", source="assumed")
    vacuole_radius: float = quantity(0.7, 0.2, 3.0, "µm", "of those", source="macropinosomes: 0.2-3 µm")
