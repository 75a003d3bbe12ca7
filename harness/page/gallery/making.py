"""The chosen fields predicted once more, and kept as pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness import records
from harness.candidates.models import Terms, models
from harness.fields import counts
from harness.judging import UndeliveredError
from harness.page.gallery.choice import picks
from harness.page.gallery.files import Gallery, Shot, keep, read_gallery, write_gallery
from harness.page.gallery.likeness import likeness
from harness.page.gallery.pictures import grey, span, webp
from harness.preparation import Request
from harness.scoring import Failure
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import xarray as xr

    from harness.fields import Counts
    from harness.judging import Candidate
    from harness.page.gallery.choice import Pick
    from harness.preparation import Tell
    from harness.records import Contender, Run
    from zoo.registry import Registry
    from zoo.types import Dataset, Field, SplitScheme


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A board whose pictures are to be made."""

    board: Path
    run: Run
    picks: tuple[Pick, ...]
    dataset: Dataset
    scheme: SplitScheme
    fields: Mapping[str, Field]
    """The chosen ones, by id."""


def plan(board: Path, dataset: Dataset, scheme: SplitScheme) -> Plan:
    """Which fields of a board are shown. Raises ``ZooError`` where the dataset is not the one that was judged."""
    run = records.read_run(board)
    if dataset.digest != run.data.digest:
        message = f"{board}: was judged on {run.data.id} {run.data.digest[:12]}; here is {dataset.digest[:12]}"
        raise ZooError(message, hint="judge the models again on the data that are here: zoo bench --no-resume")
    chosen = tuple(picks(run, records.scores_of(board)))
    named = {pick.field for pick in chosen}
    fields = {one.id: one for one in dataset.fields(run.data.split, scheme=scheme.name) if one.id in named}
    return Plan(board=board, run=run, picks=chosen, dataset=dataset, scheme=scheme, fields=fields)


def make(
    asked: Plan, registry: Registry, packages: Sequence[str], command: str, tell: Tell
) -> tuple[Gallery, tuple[str, ...]]:
    """Make the gallery of a board; returns it with everything that went wrong.

    ``packages`` are files of models that are not registered. What an earlier gallery shows of the same package on the
    same field is kept.
    """
    earlier = read_gallery(asked.board)
    kept = {_key(shot): shot for shot in earlier.shots} if earlier and earlier.dataset == asked.run.data.digest else {}
    shots: list[Shot] = []
    warnings: list[str] = []
    studio = Studio(asked)
    contenders = [one for one in asked.run.contenders if any(pick.model == one.id for pick in asked.picks)]
    for index, contender in enumerate(contenders):
        tell(contender.id, index, len(contenders))
        mine = [pick for pick in asked.picks if pick.model == contender.id]
        known = [kept.get((contender.digest, pick.label, pick.place, pick.field)) for pick in mine]
        try:
            if not all(known):
                known = [*shots_of(studio, contender, mine, _candidate(asked, contender, registry, packages))]
            shots += [shot for shot in known if shot]
        except (UndeliveredError, ZooError) as error:
            why = error.message if isinstance(error, ZooError) else error.failure.note
            warnings.append(f"{contender.id}: no pictures: {why}")
    made = Gallery(
        dataset=asked.run.data.digest,
        ranges={label: (scale.low, scale.high) for label, scale in asked.run.scales.items()},
        command=command,
        shots=tuple(shots),
        likeness=studio.likeness({(shot.channel, shot.field) for shot in shots}),
    )
    write_gallery(asked.board, made)
    return made, tuple(warnings)


def _key(shot: Shot) -> tuple[str, str, str, str]:
    return shot.digest, shot.label, shot.place, shot.field


def _silent(what: str, done: int, total: int) -> None:
    del what, done, total


def _candidate(asked: Plan, contender: Contender, registry: Registry, packages: Sequence[str]) -> Candidate:
    """The contender, opened as it was judged. Raises ``ZooError`` where it is not here, or is another by now."""
    if contender.kind != "model":
        raise ZooError("its predictions were made elsewhere")
    run = asked.run
    request = Request(
        dataset=asked.dataset,
        scheme=asked.scheme,
        split=run.data.split,
        out=asked.board,
        ledger=asked.board,
        metrics=(),
    )
    names = [contender.id] if contender.id in registry.models else packages
    fields = tuple(asked.fields.values())
    found = models(names, registry, request, fields, Terms(format=contender.format), _silent) if names else []
    same = next((one for one in found if one.contender.digest == contender.digest), None)
    if same is None:
        here = ", ".join(one.contender.digest[:12] or "nothing that can run" for one in found) or "none"
        raise ZooError(f"the board judged package {contender.digest[:12]}, here is {here}")
    return same


def shots_of(studio: Studio, contender: Contender, mine: Sequence[Pick], candidate: Candidate) -> Iterator[Shot]:
    """Predict the chosen fields of one contender, each once, and keep their pictures."""
    with candidate.open() as say:
        for name in dict.fromkeys(pick.field for pick in mine):
            channels = list(candidate.inputs)
            said = say(studio.asked.fields[name], studio.opened(name)[channels].load())
            for pick in (pick for pick in mine if pick.field == name):
                yield studio.shot(contender, pick, channels[0], said.get(pick.label))


class Studio:
    """Opens each field once, and each picture of an input or a truth is made once for all models."""

    def __init__(self, asked: Plan) -> None:
        """Nothing is opened yet."""
        self.asked = asked
        self._opened: dict[str, xr.Dataset] = {}
        self._made: dict[tuple[str, str], str] = {}

    def opened(self, field: str) -> xr.Dataset:
        """A field; the one before it is let go."""
        if field not in self._opened:
            self._opened = {field: self.asked.fields[field].open()}
        return self._opened[field]

    def shot(self, contender: Contender, pick: Pick, channel: str, said: Counts | Failure | None) -> Shot:
        """The pictures of one prediction."""
        if said is None or isinstance(said, Failure):
            note = said.note if said else "nothing was predicted"
            raise ZooError(f"field {pick.field!r}, label {pick.label!r}: {note}")
        scale = self.asked.run.scales[pick.label]
        return Shot(
            model=pick.model,
            digest=contender.digest,
            label=pick.label,
            place=pick.place,
            field=pick.field,
            session=pick.session,
            score=pick.score,
            of=pick.of,
            channel=channel,
            input=self._picture(pick.field, channel, None),
            truth=self._picture(pick.field, pick.label, (scale.low, scale.high)),
            prediction=keep(self.asked.board, webp(grey(said, scale.low, scale.high))),
        )

    def likeness(self, shown: Iterable[tuple[str, str]]) -> dict[str, tuple[Mapping[str, float], ...]]:
        """What inputs are like, by channel; those of which a pixel's size is not known are left out."""
        found: dict[str, list[Mapping[str, float]]] = {}
        for channel, field in sorted(shown, key=lambda one: (one[1], one[0])):
            opened = self.opened(field)
            size = opened.attrs.get("pixel_size")
            if size:
                found.setdefault(channel, []).append(likeness(counts(opened, channel, field), float(size)))
        return {channel: tuple(numbers) for channel, numbers in found.items()}

    def _picture(self, field: str, name: str, ends: tuple[float, float] | None) -> str:
        if (field, name) not in self._made:
            image = counts(self.opened(field), name, field)
            low, high = ends or span(image)
            self._made[field, name] = keep(self.asked.board, webp(grey(image, low, high)))
        return self._made[field, name]
