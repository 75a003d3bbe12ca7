"""Six kinds of cell, and one that looks like another."""

from __future__ import annotations

from dataclasses import replace

from unstained_phantom.cells.anatomy import Preset

EPITHELIAL = Preset(name="epithelial", source="see the fields")

FIBROBLAST = Preset(
    name="fibroblast",
    source="shape: NIH 3T3 and primary fibroblasts in culture, 20-30 by 80-150 µm when sparse, flatter than epithelium",
    territory=700.0,
    area=1050.0,
    area_spread=0.3,
    aspect=3.6,
    pointedness=1.3,
    bend=0.22,
    wobble=0.10,
    edge_height=0.25,
    body_height=1.8,
    body_width=5.0,
    contact_height=0.9,
    fibres=6.0,
    fibre_length=6.0,
    nucleus_area=125.0,
    nucleus_aspect=1.6,
    nucleus_height=3.4,
    nucleus_bottom=0.4,
    nucleoli=3.2,
    droplets=8.0,
    mitochondria=90.0,
    mitochondrion_length=7.0,
    vesicles=200.0,
    vacuoles=1.2,
)

ADIPOCYTE = Preset(
    name="adipocyte",
    source="3T3-L1 after differentiation: multilocular, droplets of 1-7 µm that fill the cell, nucleus pushed aside",
    territory=560.0,
    area=700.0,
    aspect=1.15,
    wobble=0.07,
    edge_height=0.7,
    body_height=7.0,
    body_width=4.5,
    contact_height=2.6,
    ruffle=0.1,
    fibres=1.0,
    nucleus_area=62.0,
    nucleus_aside=0.5,
    nucleus_height=3.6,
    droplets=110.0,
    droplet_radius=1.0,
    droplet_spread=0.55,
    droplet_largest=3.2,
    droplet_gather=0.0,
    dominated=0.25,
    mitochondria=40.0,
    mitochondrion_length=3.0,
    vesicles=60.0,
)

NEURON = Preset(
    name="neuron",
    source="hippocampal neurons in the first week (Dotti 1988): soma 10-15 µm, 3-6 neurites of 0.5-2 µm",
    territory=620.0,
    area=125.0,
    area_spread=0.2,
    aspect=1.25,
    wobble=0.07,
    edge_height=0.8,
    body_height=4.2,
    body_width=2.5,
    contact_height=2.5,
    ruffle=0.15,
    fibres=0.0,
    neurites=3.2,
    nucleus_area=58.0,
    nucleus_share=0.5,
    nucleus_aspect=1.1,
    nucleus_height=5.0,
    nucleoli=1.3,
    nucleolus_radius=1.0,
    droplets=2.0,
    droplet_radius=0.3,
    mitochondria=40.0,
    mitochondrion_length=2.5,
    vesicles=60.0,
    vacuoles=0.2,
)

DEAD = Preset(
    name="dead",
    source="apoptosis: shrinkage, blebs, condensed nucleus (Kerr 1972); others swell, leak and pale (necrosis)",
    form="round",
    state="dead",
    area=120.0,
    area_spread=0.3,
    aspect=1.12,
    wobble=0.06,
    height=7.4,
    fibres=2.0,
    blebs=5.0,
    index=1.378,
    granularity=0.004,
    ghosts=0.3,
    nucleus_index=1.388,
    nucleus_area=19.0,
    nucleus_spread=0.35,
    nucleus_wobble=0.10,
    nucleus_height=4.0,
    nucleus_bottom=1.8,
    nucleoli=0.0,
    droplets=4.0,
    mitochondria=0.0,
    vesicles=70.0,
    vesicle_radius=0.35,
    vacuoles=3.0,
)

MITOTIC = Preset(
    name="mitotic",
    source="metaphase HeLa: ball of 15-18 µm, plate of 10-13 by 3 µm (Mora-Bermúdez 2007), chromatin over cytoplasm",
    form="round",
    state="mitotic",
    area=185.0,
    area_spread=0.12,
    aspect=1.05,
    wobble=0.02,
    height=8.9,
    fibres=8.0,
    nucleus_index=1.376,
    nucleus_area=33.0,
    nucleus_aspect=3.4,
    nucleus_wobble=0.11,
    anaphase=0.2,
    nucleus_height=5.8,
    nucleus_bottom=1.5,
    nucleoli=0.0,
    droplets=14.0,
    mitochondria=70.0,
    mitochondrion_length=1.2,
    vacuoles=0.3,
)

PRESETS = {one.name: one for one in (EPITHELIAL, FIBROBLAST, ADIPOCYTE, NEURON, DEAD, MITOTIC)}
"""Every kind of cell that has parameters of its own, by name."""
TWINS = {"motor-neuron": replace(NEURON, name="motor-neuron", source="a neuron in everything but one stain")}
"""Kinds that nothing but a stain tells from another one."""
KINDS = {**PRESETS, **TWINS}
"""All that a dish may hold."""
