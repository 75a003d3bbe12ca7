"""What may never happen to a split: a unit, or a pixel, in two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from zoo.data.manifest import FieldEntry, Manifest
    from zoo.types import SplitScheme

HINT = "move one of the fields: scores on a split that has been trained on are worth nothing"


def check(manifest: Manifest, origin: str) -> None:
    """Refuse a manifest in which a split unit or an image stands in two splits of one scheme."""
    for scheme, unit in manifest.units.items():
        where = f"{origin}: scheme {scheme or 'default'!r}"
        members = [entry for entry in manifest.fields if scheme in entry.splits]
        _check_units(members, scheme, unit, where)
        _check_images(members, scheme, where)


def _check_units(members: Sequence[FieldEntry], scheme: str, unit: str, where: str) -> None:
    first: dict[str, FieldEntry] = {}
    for entry in members:
        value = entry.unit(unit)
        if not value:
            raise ZooError(
                f"{where}: field {entry.id!r} has no {unit}, which is the split unit", hint=f"give it a {unit}"
            )
        other = first.setdefault(value, entry)
        if other.splits[scheme] != entry.splits[scheme]:
            raise _conflict(f"{unit} {value!r}", other, entry, scheme, where)


def _check_images(members: Sequence[FieldEntry], scheme: str, where: str) -> None:
    """The same pixels under two field ids leak as well as a unit does."""
    users: dict[str, list[FieldEntry]] = {}
    for entry in members:
        for path in dict.fromkeys(source.path for sources in entry.images.values() for source in sources):
            for other in users.setdefault(path, []):
                if other.splits[scheme] != entry.splits[scheme] and _share(other, entry, path):
                    raise _conflict(f"image {path!r}", other, entry, scheme, where)
            users[path].append(entry)


def _share(first: FieldEntry, second: FieldEntry, path: str) -> bool:
    """Whether two fields use the same pixels of a file: a common channel of it, in regions that overlap."""
    if first.region and second.region and not first.region.overlaps(second.region):
        return False
    return bool(set(_channels(first, path)) & set(_channels(second, path)))


def _channels(entry: FieldEntry, path: str) -> Iterator[int | None]:
    return (source.channel for sources in entry.images.values() for source in sources if source.path == path)


def _conflict(what: str, first: FieldEntry, second: FieldEntry, scheme: str, where: str) -> ZooError:
    one, two = first.splits[scheme], second.splits[scheme]
    message = f"{where}: {what} stands in two splits: {one!r} (field {first.id!r}) and {two!r} (field {second.id!r})"
    return ZooError(message, hint=HINT)


def scheme_of(schemes: Mapping[str, SplitScheme], scheme: str, dataset: str) -> SplitScheme:
    """The scheme of that name; one that is not there is an error that names those that are."""
    if scheme in schemes:
        return schemes[scheme]
    known = ", ".join(f"{dataset}.{name}" if name else dataset for name in schemes) or "none"
    message = f"dataset {dataset!r} has no split scheme {scheme or 'default'!r}; known: {known}"
    raise ZooError(message, hint="name one of these")


def split_of(schemes: Mapping[str, SplitScheme], scheme: str, split: str, dataset: str) -> tuple[str, ...]:
    """The field ids of a split; a scheme or a split without fields is an error that names those that have some."""
    members = scheme_of(schemes, scheme, dataset).members
    if not members.get(split):
        name = f"{dataset}.{scheme}" if scheme else dataset
        known = ", ".join(f"{found} ({len(ids)} fields)" for found, ids in members.items()) or "none"
        message = f"dataset {name!r}: split {split!r} is empty; splits with fields: {known}"
        raise ZooError(message, hint="name one of these")
    return members[split]
