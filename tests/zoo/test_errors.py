from __future__ import annotations

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from zoo.errors import ZooError


class NarrowerError(ZooError):
    """Stands for the few kinds that callers tell apart."""


def _raise_far_away() -> None:
    raise ZooError("cells.tif: no such file", hint="check the path")


def test_message_and_hint_are_two_lines():
    assert str(ZooError("cells.tif: no such file", hint="check the path")) == (
        "cells.tif: no such file\n  hint: check the path"
    )


def test_without_a_hint_there_is_one_line():
    assert str(ZooError("cells.tif: no such file")) == "cells.tif: no such file"


def test_pickling_keeps_kind_message_and_hint():
    again = pickle.loads(pickle.dumps(NarrowerError("found 3 planes", hint="give 13")))  # noqa: S301 - our own bytes
    assert type(again) is NarrowerError
    assert (again.message, again.hint) == ("found 3 planes", "give 13")


def test_the_way_back_from_a_worker_process_keeps_the_hint():
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        pytest.raises(ZooError, match="no such file") as caught,
    ):
        pool.submit(_raise_far_away).result()
    assert caught.value.hint == "check the path"
