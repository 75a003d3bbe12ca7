"""Paired datasets: manifests, files, splits, and fields as xarray. Importing this loads no array library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from zoo.data.paired import PairedDataset
from zoo.data.splits import scheme_of
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from zoo.types import Dataset, Field, SplitScheme

__all__ = ["PairedDataset", "all_fields", "find", "shipped_datasets"]

MANIFESTS = Path(__file__).parent / "manifests"
"""Manifests that travel with the distribution; each is named after the id of its dataset."""
MANIFEST_NAME = "manifest.toml"
"""How ``zoo data new`` names the manifest of a folder."""


class DatasetShelf(Protocol):
    """What ``find`` needs of the registry's datasets."""

    @property
    def owners(self) -> Mapping[str, str]:
        """Id -> the plugin that brought the dataset."""
        ...

    def __iter__(self) -> Iterator[Dataset]: ...
    def __contains__(self, name: object) -> bool: ...
    def get(self, name: str) -> Dataset:
        """The dataset, or a ``ZooError`` that names what is near."""
        ...


class Datasets(Protocol):
    """What ``find`` needs of a registry: this module stands below it and cannot import it."""

    @property
    def datasets(self) -> DatasetShelf: ...


def shipped_datasets() -> Iterable[Dataset]:
    """The datasets whose manifests travel with the distribution; none of them is read yet."""
    return tuple(PairedDataset(path, path.stem) for path in sorted(MANIFESTS.glob("*.toml")))


def all_fields(dataset: Dataset) -> Sequence[Field]:
    """Every field of a dataset, each once; of a manifest also those that are in no split."""
    if isinstance(dataset, PairedDataset):
        return dataset.all_fields()
    splits = [(scheme.name, split) for scheme in dataset.schemes.values() for split in scheme.members]
    fields = [field for scheme, split in splits for field in dataset.fields(split, scheme=scheme)]
    return tuple({field.id: field for field in fields}.values())


def find(
    registry: Datasets,
    reference: str,
    *,
    data_dir: Path | None = None,
    note: Callable[[str], None] = lambda _: None,
) -> tuple[Dataset, SplitScheme]:
    """The dataset and the split scheme that a reference stands for.

    ``reference`` is ``id``, ``id.scheme``, or the path of a manifest or of the folder that holds one, also with
    ``.scheme`` behind it; empty for the default dataset, of which ``note`` is told. ``data_dir`` names a folder with
    local copies, as ``ZOO_DATA`` does. Raises ``ZooError`` for an unknown dataset or scheme, for a path without a
    manifest, and where there is no default or more than one.
    """
    if not reference:
        reference = _default(registry.datasets)
        note(f"no dataset is named: taking {reference}, the default")
    dataset, scheme = _registered(registry, reference) or _located(reference) or (registry.datasets.get(reference), "")
    if isinstance(dataset, PairedDataset):
        dataset = dataset.at(data_dir)
    return dataset, scheme_of(dataset.schemes, scheme, dataset.id)


def _default(shelf: DatasetShelf) -> str:
    """The id of the dataset that commands use when none is named."""
    found = [dataset.id for dataset in shelf if dataset.default]
    if not found:
        raise ZooError(
            "no dataset is named, and no plugin brings a default one",
            hint="name one: --dataset ID; zoo list datasets shows what there is",
        )
    if len(found) > 1:
        owners = " and ".join(f"{name!r} of plugin {shelf.owners[name]!r}" for name in found)
        raise ZooError(
            f"{'two' if len(found) == 2 else len(found)} datasets are the default: {owners}",  # noqa: PLR2004
            hint=f"name one: --dataset ID, or leave one out: --no-plugin {shelf.owners[found[-1]]}",
        )
    return found[0]


def _registered(registry: Datasets, reference: str) -> tuple[Dataset, str] | None:
    """A registered dataset; it goes before a folder that happens to have its name."""
    name, _, scheme = reference.partition(".")
    return (registry.datasets.get(name), scheme) if name in registry.datasets else None


def _located(reference: str) -> tuple[Dataset, str] | None:
    """The dataset of a path, or None where the reference does not look like one."""
    stem, _, scheme = reference.rpartition(".")
    for text, name in ((reference, ""), (stem, scheme)):
        path = Path(text)
        if path.suffix == ".toml" and path.is_file():
            return PairedDataset(path), name
        if text and (path / MANIFEST_NAME).is_file():
            return PairedDataset(path / MANIFEST_NAME), name
    path = Path(reference)
    if path.is_dir():
        message = f"{path}: the folder has no {MANIFEST_NAME}"
        raise ZooError(message, hint=f"zoo data new {path} writes one")
    if path.suffix == ".toml" or len(path.parts) > 1:
        raise ZooError(f"{path}: no such manifest", hint="check the path; zoo data new FOLDER writes a manifest")
    return None
