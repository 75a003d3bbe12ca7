"""Weights to start from: what does not depend on labels is taken over, and heads by the names of their labels."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from zoo.normalization import Normalization
    from zoo.training.plans import Plan
    from zoo.training.recordings import Question
    from zoo.weights import Header, Weights

    Tensors = Mapping[str, npt.NDArray[Any]]

HEAD = re.compile(r"^head(\d+)(?=[/_.])")
"""Names of tensors of nets that have one head for each label: ``head0/kernel``, ``head1_norm/gamma``."""


def check(plan: Plan, question: Question) -> None:
    """Refuse weights of another net, of other inputs, or none to start from; options must be the same."""
    if plan.start is None:
        return
    header = plan.start.header
    if header.architecture != plan.architecture.id:
        raise ZooError(
            f"--from: weights of architecture {header.architecture!r}, expected {plan.architecture.id!r}",
            hint=f"zoo train {header.architecture} --from {header.id}",
        )
    planes = sum(channel.planes for channel in header.inputs)
    asked = sum(channel.planes for channel in question.inputs)
    if planes != asked:
        raise ZooError(
            f"--from: {header.id} sees {planes} planes ({_names(header)}), expected the {asked} of --inputs",
            hint="choose inputs with as many planes",
        )


def inputs(plan: Plan, otherwise: Normalization) -> Normalization:
    """How inputs are normalised: as the weights have learnt them."""
    return plan.start.header.input_normalization if plan.start else otherwise


def seen(plan: Plan, reference: str) -> tuple[str, ...]:
    """``dataset:split`` of everything that the weights have seen, before and in this run."""
    before = plan.start.header.trained_on if plan.start else ()
    return tuple(dict.fromkeys((*before, f"{reference}:train")))


def licence(plan: Plan, own: str) -> str:
    """The licence of all data that the weights have seen, as an SPDX expression.

    Weights follow the licence of their data, and of two datasets both count.
    """
    before = plan.start.header.license if plan.start else own
    return own if before == own else f"{before} AND {own}"


def taken(start: Weights, labels: Sequence[str], fresh: Tensors, larger: Mapping[str, tuple[int, ...]]) -> Tensors:
    """All tensors of a net for ``labels``: those of ``start`` where they fit, ``fresh`` ones where a label is new.

    ``larger`` are the shapes of the net with one label more: the axis on which a tensor differs is that of labels.
    """
    before = [channel.name for channel in start.header.outputs]
    found: dict[str, npt.NDArray[Any]] = {}
    for name, tensor in fresh.items():
        head = HEAD.match(name)
        if head:
            label = labels[int(head[1])]
            source = HEAD.sub(f"head{before.index(label)}", name) if label in before else ""
            found[name] = start.tensors[source] if source else tensor
            continue
        axis = next((i for i, (a, b) in enumerate(zip(tensor.shape, larger[name], strict=True)) if a != b), None)
        found[name] = _rows(start.tensors.get(name), before, tensor, labels, axis)
        if found[name].shape != tensor.shape:
            raise ZooError(
                f"--from: {start.header.id} does not fit: {name} is {found[name].shape}, expected {tensor.shape}",
                hint="the options of the net must be those that it was trained with",
            )
    return found


def _rows(
    given: npt.NDArray[Any] | None,
    before: Sequence[str],
    fresh: npt.NDArray[Any],
    labels: Sequence[str],
    axis: int | None,
) -> npt.NDArray[Any]:
    """A tensor that has a row for each label, with the rows of known labels; any other as it was given."""
    if given is None:
        return np.empty(0)
    if axis is None or np.delete(given.shape, axis).tolist() != np.delete(fresh.shape, axis).tolist():
        return given
    rows = [
        np.take(given, before.index(label), axis) if label in before else np.take(fresh, index, axis)
        for index, label in enumerate(labels)
    ]
    return np.stack(rows, axis).astype(fresh.dtype)


def _names(header: Header) -> str:
    return ", ".join(channel.name for channel in header.inputs)
