"""``zoo calls`` from images to a table of cells, with a net that is sure of one kind and not of another."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from zoo.images import read_image, write_image
from zoo.types import Channel, Modality, Structure

NET = """
import torch
from torch import nn

class Net(nn.Module):
    '''Light is dna; above 300 it is a kind of cell, above 600 nobody knows which.'''

    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(1))

    def forward(self, x):
        dna = x * self.gain
        high = torch.where(x > 300, x, 0 * x)
        low = torch.where(x > 600, 0 * x, high)
        zero = 0 * x
        # dna, kind; then q10 and q90 of each
        return torch.cat([dna, (low + high) / 2, zero, dna, low, high], 1)

def build(in_channels, out_channels):
    return Net(in_channels, out_channels)
"""
LIGHT = Channel(name="light", modality=Modality.BRIGHTFIELD, pixel_size=0.5)
DNA = Channel(name="dna", structure=Structure.NUCLEUS)
KIND = Channel(name="kind", structure=Structure.NEURON)


@pytest.fixture
def dish(tmp_path):
    """Three nuclei: of no kind, of the kind, and of nobody knows which; and where they lie."""
    y, x = np.mgrid[:64, :144]
    nuclei = sum(cell * (np.hypot(y - 32, x - centre) < 11) for cell, centre in enumerate((24, 72, 120), 1))
    light = np.array([0, 200, 500, 800], np.uint16)[nuclei]
    for name, pixels in {"light": light, "nuclei": nuclei.astype(np.uint16)}.items():
        write_image(xr.DataArray(pixels, dims=("y", "x")), tmp_path / f"{name}.ome.tif", pixel_size=0.5)
    return tmp_path


@pytest.fixture
def pack(packed):
    """``pack(outputs, statistics, levels)``: a package of that net."""

    def made(outputs=(DNA, KIND), statistics=("q10", "q90"), **training):
        told = {"levels": {"dna": 100.0, "kind": 150.0}, **training}
        tensors = {"gain": np.ones(1, np.float32)}
        return packed(NET, tensors, statistics=statistics, inputs=(LIGHT,), outputs=outputs, training=told)

    return made


def test_every_nucleus_is_called_where_the_net_is_sure(zoo, dish, pack):
    ran = zoo("calls", pack(), dish / "light.ome.tif", "--label", "kind", "--sure", 0.8, "-o", dish / "out")
    assert ran.status == 0, ran.err
    assert ran.out.splitlines() == [
        "kind: 3 nuclei: 1 yes, 1 no, 1 unpredictable",
        f"{dish / 'out' / 'calls.csv'}: every nucleus; beside it an image of nuclei and calls for each image",
    ]
    table = pd.read_csv(dish / "out" / "calls.csv")
    assert table["call"].tolist() == ["no", "yes", "unpredictable"]
    assert table["chance"].tolist() == pytest.approx([0.05, 0.95, 0.75], abs=0.01)
    assert table["x"].tolist() == pytest.approx([24, 72, 120], abs=0.5)
    assert table["area"].tolist() == pytest.approx([np.pi * 5.5**2] * 3, rel=0.25)
    drawn = read_image(dish / "out" / "light.ome.tif")
    assert drawn.coords["c"].values.tolist() == ["nuclei", "calls"]
    assert [drawn.isel(c=1).to_numpy()[32, x] for x in (0, 24, 72, 120)] == [0, 1, 2, 3]


def test_a_label_that_was_not_learnt_is_told_as_such(zoo, dish, pack):
    package = pack(unpredictable="kind", labels_r={"kind": 0.03})
    ran = zoo("calls", package, dish / "light.ome.tif", "--label", "kind", "-o", dish / "out")
    assert ran.status == 0, ran.err
    assert "zoo: kind: unpredictable: r 0.03 on validation fields" in ran.err


def test_nuclei_may_be_drawn_and_scripts_get_json(zoo, dish, pack):
    package = pack((KIND, DNA), levels={})
    asked = ("calls", package, dish / "light.ome.tif", "--label", "dna", "--level", 300, "-o", dish / "out", "--json")
    ran = zoo(*asked, "--nuclei", dish / "nuclei.ome.tif")
    assert ran.status == 0, ran.err
    found = json.loads(ran.out)
    assert (found["label"], found["level"], found["sure"]) == ("dna", 300.0, 0.9)
    (image,) = found["images"]
    assert [cell["cell"] for cell in image["cells"]] == [1, 2, 3]
    assert {"y", "x", "area", "chance", "call"} <= image["cells"][0].keys()


def test_an_image_that_cannot_be_read_is_named_and_the_rest_goes_on(zoo, dish, pack):
    (dish / "broken.tif").write_bytes(b"no image")
    images = (dish / "broken.tif", dish / "light.ome.tif")
    ran = zoo("calls", pack(), *images, "--label", "kind", "-o", dish / "out", "--json")
    assert ran.status == 1
    assert f"{dish / 'broken.tif'}" in ran.err
    assert [one["status"] for one in json.loads(ran.out)["images"]] == ["failed", "ok"]
    assert set(pd.read_csv(dish / "out" / "calls.csv")["image"]) == {str(images[1])}


@pytest.mark.parametrize(
    ("made", "flags", "text"),
    [
        (
            {"statistics": ("sd", "entropy")},
            ("--label", "kind"),
            (
                "plain@cells gives no quantiles of 'kind': it cannot say where it does not know\n"
                "  hint: zoo list models --json shows the statistics of each model"
            ),
        ),
        ({}, ("--label", "knd"), "plain@cells was not trained on the label 'knd'; it predicts dna, kind"),
        (
            {"levels": {"dna": 100.0}},
            ("--label", "kind"),
            (
                "plain@cells does not say from which count on 'kind' is stained\n"
                "  hint: --level COUNTS, between those of stained and of unstained cells"
            ),
        ),
        (
            {"levels": {"kind": 100.0}},
            ("--label", "kind"),
            (
                "plain@cells does not show where nuclei are\n"
                "  hint: draw them: --nuclei FILE, an image of nuclei with 0 for none"
            ),
        ),
    ],
)
def test_what_cannot_be_asked_is_told(zoo, dish, pack, made, flags, text):
    ran = zoo("calls", pack(**made), dish / "light.ome.tif", *flags, "-o", dish / "out")
    assert ran.status != 0
    assert text in ran.err
    assert not (dish / "out").exists()


def test_nuclei_of_another_size_or_kind_are_refused(zoo, dish, pack):
    flags = ("--label", "kind", "-o", dish / "out")
    write_image(xr.DataArray(np.ones((8, 8), np.uint8), dims=("y", "x")), dish / "small.ome.tif")
    ran = zoo("calls", pack(), dish / "light.ome.tif", *flags, "--nuclei", dish / "small.ome.tif")
    assert ran.status == 1
    assert f"{dish / 'light.ome.tif'}: is 64 x 144 pixels, its nuclei 8 x 8" in ran.err
    write_image(xr.DataArray(np.ones((64, 144), np.float32), dims=("y", "x")), dish / "float.ome.tif")
    ran = zoo("calls", pack(), dish / "light.ome.tif", *flags, "--nuclei", dish / "float.ome.tif")
    assert f"{dish / 'float.ome.tif'}: pixels of type float32 with the axes y, x, expected whole numbers" in ran.err
    two = (dish / "light.ome.tif", dish / "light.ome.tif")
    ran = zoo("calls", pack(), *two, *flags, "--nuclei", dish / "nuclei.ome.tif")
    assert f"--nuclei {dish / 'nuclei.ome.tif'}: belongs to one image, 2 are given" in ran.err
