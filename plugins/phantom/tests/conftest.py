"""A cache of its own for every test, and a plan so small that fields are made in no time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from unstained_phantom.dataset import PhantomDataset
from unstained_phantom.optics.instruments import MICROSCOPES
from unstained_phantom.plan import Plan, Variation


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def tiny_plan(**changes: object) -> Plan:
    """Fields of 64 x 64 pixels, few planes and few points of the condenser."""
    known = {
        "size": (64, 64),
        "margin": 8,
        "slices": 8,
        "step": 1.2,
        "microscope": replace(MICROSCOPES["40x/0.75"], planes=7, sources=4),
        "counts": {"train": (2, 2), "val": (1, 1), "test": (2, 2)},
        "shifted": 1,
    }
    return Plan(**{**known, **changes})


def bare_plan() -> Plan:
    """Fields without cells, where it does not matter what is in them: made in a tenth of a second."""
    return tiny_plan(variation=Variation(confluence=0.0, confluence_spread=0.0))


def tiny_volume() -> Plan:
    optics = replace(MICROSCOPES["volume"], pixel=0.29, planes=8, plane_step=1.0, sources=4)
    return tiny_plan(microscope=optics, slices=8, step=1.0, volume=True, shifted=0)


@pytest.fixture(scope="session")
def plan() -> Plan:
    return tiny_plan()


@pytest.fixture(scope="session")
def bare() -> Plan:
    return bare_plan()


@pytest.fixture(scope="session")
def volume_plan() -> Plan:
    return tiny_volume()


@pytest.fixture
def dataset() -> PhantomDataset:
    return PhantomDataset(id="tiny", title="Tiny", planned=tiny_plan)
