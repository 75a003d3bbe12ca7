"""What must be said about a model's training data beside its score."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from harness.candidates.models import marks
from harness.metrics import METRICS
from harness.preparation import Request
from zoo.types import SplitScheme


@dataclass(frozen=True)
class Place:
    """A field without images."""

    id: str
    session: str
    condition: str = ""


class Days:
    """Fields of four days, divided by days, and by places within days."""

    id = "days"
    all = tuple(Place(f"{day}{index}", day) for day in "abcd" for index in range(3))
    schemes = {  # noqa: RUF012 - read only
        "": SplitScheme(
            name="",
            unit="session",
            members={
                "train": ("a0", "a1", "a2", "b0", "b1", "b2"),
                "val": ("c0", "c1", "c2"),
                "test": ("d0", "d1", "d2"),
            },
        ),
        "place": SplitScheme(
            name="place",
            unit="field",
            members={"train": ("a0", "b0", "c0", "d0"), "test": ("a1", "b1", "c1", "d1"), "old": ("a2", "b2")},
        ),
    }

    def fields(self, split, *, scheme=""):
        return [one for one in self.all if one.id in self.schemes[scheme].members[split]]


@pytest.fixture
def said(tmp_path):
    def ask(trained_on, scheme="", split="test"):
        dataset = Days()
        request = Request(
            dataset=dataset,
            scheme=dataset.schemes[scheme],
            split=split,
            out=tmp_path,
            ledger=tmp_path / "ledger.csv",
            metrics=METRICS,
        )
        return marks(trained_on, request, dataset.fields(split, scheme=scheme))

    return ask


@pytest.mark.parametrize(
    ("trained_on", "scheme", "split", "expected"),
    [
        (("days:train",), "", "test", ()),
        (("days:train", "others:train"), "", "test", ()),
        (("days:train",), "", "train", ("seen",)),
        (("days:train", "days:val"), "", "val", ("seen",)),
        (("others:train",), "", "test", ("transfer",)),
        ((), "", "test", ("training unknown",)),
        (("days.place:train",), "place", "test", ()),
        (("days.place:train",), "", "test", ("other scheme",)),
        (("days.place:old",), "", "test", ("other scheme",)),
        (("days:val",), "place", "old", ("other scheme",)),
        (("days:train",), "place", "test", ("other scheme",)),
        (("days:train", "days.place:train"), "", "train", ("seen",)),
        (("days.gone:train",), "", "test", ("other scheme",)),
    ],
)
def test_what_a_model_has_seen_is_said(said, trained_on, scheme, split, expected):
    assert said(trained_on, scheme, split) == expected


def test_a_day_counts_as_seen_where_days_divide_even_if_the_field_is_new(said):
    """The field is new and the day is not: what the split by days asks for is not given."""
    assert said(("days:val", "days.place:train"), "", "test") == ("seen",)
    assert not {"d0"} & {one.id for one in Days().fields("test", scheme="place")}
