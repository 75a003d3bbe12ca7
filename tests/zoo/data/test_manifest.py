"""Manifests: what is read, what is refused and in which words, and what the digest is made of."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.data import document, parsing
from zoo.data.manifest import FieldEntry, File, Manifest, Mask, Region, Source
from zoo.errors import ZooError
from zoo.types import Channel, Citation, Modality, Structure


def _refused(cells):
    path = cells.write()
    with pytest.raises(ZooError) as caught:
        parsing.read(path)
    return caught.value.message.removeprefix(f"{path}: "), caught.value.hint


def test_a_manifest_is_read_in_full(cells):
    manifest = parsing.read(cells.write())
    assert [channel.name for channel in manifest.channels] == ["phase", "dna"]
    assert manifest.channels[0].modality is Modality.PHASE_CONTRAST
    assert manifest.channels[1].structure is Structure.NUCLEUS
    assert [entry.id for entry in manifest.fields] == ["monday1", "monday2", "tuesday1", "tuesday2"]
    assert manifest.schemes[""].members == {"train": ("monday1", "monday2"), "test": ("tuesday1", "tuesday2")}
    assert manifest.schemes[""].unit == "session"
    assert manifest.intensity == "arbitrary"


def test_splits_come_in_the_usual_order_whatever_the_manifest_says(empty):
    for split in ("control", "extra", "test", "val", "train"):
        empty.field(split, split, split)
    assert [*parsing.read(empty.write()).schemes[""].members] == ["train", "val", "test", "control", "extra"]


def test_a_source_names_a_channel_after_the_last_hash_sign(cells):
    cells.document["fields"][0]["images"]["dna"] = "monday1_dna.tif#3"
    assert parsing.read(cells.write()).fields[0].images["dna"] == (Source("monday1_dna.tif", 3),)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda d: d.pop("id"), "id: missing; expected a text"),
        (lambda d: d.update(id="My Cells"), "id: found 'My Cells', expected lower-case letters, digits, '-' and '_'"),
        (lambda d: d.update(schema=2), "schema: found 2, expected 1"),
        (lambda d: d.update(licence="CC0"), "licence: unknown field; did you mean license or license_note?"),
        (lambda d: d.update(title=3), "title: found 3, expected a text"),
        (lambda d: d.update(fields={}), "fields: found {}, expected a list"),
        (lambda d: d.update(fields=["a"]), "fields: found 'a', expected a table"),
        (
            lambda d: d.update(intensity="comparabel"),
            "intensity: unknown value 'comparabel'; did you mean comparable?",
        ),
        (lambda d: d.update(valid="dark"), "valid: unknown value 'dark'; known: nonzero, lit"),
        (
            lambda d: d["channels"]["phase"].update(modality="phase contrast"),
            "channels.phase.modality: unknown value 'phase contrast'; did you mean phase-contrast?",
        ),
        (
            lambda d: d["channels"]["dna"].update(structure="nuclei"),
            "channels.dna.structure: unknown value 'nuclei'; did you mean nucleus or nucleolus?",
        ),
        (
            lambda d: d["channels"]["dna"].update(modality="dic"),
            "channels.dna: give either a modality (input) or a structure (label)",
        ),
        (
            lambda d: d["channels"]["dna"].update(pixelsize=0.5),
            "channels.dna.pixelsize: unknown field; did you mean pixel_size?",
        ),
        (
            lambda d: d["channels"]["dna"].update(pixel_size=0.0),
            "channels.dna.pixel_size: found 0.0, expected a number above 0",
        ),
        (lambda d: d["channels"]["dna"].update(planes=0), "channels.dna.planes: found 0, expected 1 or more"),
        (lambda d: d["channels"]["dna"].update(planes="3"), "channels.dna.planes: found '3', expected a whole number"),
        (
            lambda d: d["channels"]["dna"].update(pixel_size=0.6),
            "channels: pixel_size differs: {'phase': 0.5, 'dna': 0.6}; all channels of a field share one grid",
        ),
        (
            lambda d: d["channels"].pop("phase"),
            "fields[monday1].images.phase: unknown field; known: dna, dna_repeat, dna_clean",
        ),
        (
            lambda d: d.update(masks={"cells": {"kind": "instances", "outlines": ["nuclei"]}}),
            "masks.cells.outlines: unknown value 'nuclei'; did you mean nucleus or nucleolus?",
        ),
        (
            lambda d: d.update(masks={"cells": {"kind": "foreground", "outlines": ["nucleus"]}}),
            "masks.cells.outlines: found a mask of kind foreground",
        ),
        (
            lambda d: d["schemes"]["default"].update(unit="day"),
            "schemes.default.unit: unknown value 'day'; known: session, position, field, region",
        ),
        (
            lambda d: d["fields"][0].update(images={"phase": "monday1_phase.tif", "dan": "monday1_dna.tif"}),
            "fields[monday1].images.dan: unknown field; did you mean dna or dna_clean?",
        ),
        (
            lambda d: d["fields"][0]["images"].update(dna=[]),
            "fields[monday1].images.dna: found [], expected a path, or a list of paths, one for each plane",
        ),
        (
            lambda d: d["fields"][0]["images"].update(dna="gone.tif"),
            "fields[monday1].images.dna: 'gone.tif' is not listed under files",
        ),
        (
            lambda d: d["fields"][0].update(region="0:10,0:10"),
            "fields[monday1].region: found '0:10,0:10', expected the form 'y0:1024,x0:576'",
        ),
        (
            lambda d: d["fields"][0].update(split={"positions": "train"}),
            "fields[monday1].split.positions: unknown field; known: default",
        ),
        (lambda d: d["fields"].append(d["fields"][0]), "fields: 'monday1' is listed twice"),
        (lambda d: d["files"].append(d["files"][0]), "files: 'monday1_phase.tif' is listed twice"),
        (
            lambda d: d["files"][0].update(sha256="abc"),
            "files[1].sha256: found 'abc', expected 64 hexadecimal digits in lower case",
        ),
        (
            lambda d: d["files"][0].update(path="../../x.tif"),
            "files[1].path: found '../../x.tif', expected a path below the dataset's own folder",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(cells, spoil, message):
    spoil(cells.document)
    found, hint = _refused(cells)
    assert found == message
    assert hint


def test_a_dataset_without_inputs_is_refused(cells):
    cells.document["channels"].pop("phase")
    for entry in cells.document["fields"]:
        entry["images"].pop("phase")
    assert _refused(cells)[0] == "channels: no channel has a modality: there is nothing to predict from"


def test_broken_toml_is_named_with_its_line(cells):
    cells.path.write_text("schema = 1\nid = cells\n")
    with pytest.raises(ZooError) as caught:
        parsing.read(cells.path)
    assert caught.value.message == f"{cells.path}: not a TOML file: Invalid value (at line 2, column 6)"


def test_a_manifest_that_is_a_folder_is_named(tmp_path):
    with pytest.raises(ZooError) as caught:
        parsing.read(tmp_path)
    assert caught.value.message == f"{tmp_path}: cannot be read (Is a directory)"


def test_a_split_unit_in_two_splits_is_refused(cells):
    cells.document["fields"][1]["split"] = "test"
    assert _refused(cells) == (
        (
            "scheme 'default': session 'monday' stands in two splits: "
            "'train' (field 'monday1') and 'test' (field 'monday2')"
        ),
        "move one of the fields: scores on a split that has been trained on are worth nothing",
    )


def test_every_scheme_is_looked_at_on_its_own(empty):
    empty.document["schemes"]["position"] = {"unit": "position"}
    for number, split in ((1, "train"), (2, "test")):
        empty.field(f"a{number}", "monday", {"default": "train", "position": split}, position=f"p{number}")
    manifest = parsing.read(empty.write())
    assert manifest.schemes["position"].members == {"train": ("a1",), "test": ("a2",)}
    empty.document["fields"][1]["position"] = "p1"
    assert _refused(empty)[0] == (
        "scheme 'position': position 'p1' stands in two splits: 'train' (field 'a1') and 'test' (field 'a2')"
    )


def test_a_field_without_its_split_unit_is_refused(cells):
    cells.document["fields"][0]["session"] = ""
    assert _refused(cells)[0] == "scheme 'default': field 'monday1' has no session, which is the split unit"


def test_one_image_in_two_splits_is_refused(cells):
    cells.document["fields"][2]["images"]["phase"] = "monday1_phase.tif"
    assert _refused(cells)[0] == (
        "scheme 'default': image 'monday1_phase.tif' stands in two splits: "
        "'train' (field 'monday1') and 'test' (field 'tuesday1')"
    )


def test_regions_of_one_image_may_be_divided_but_not_overlap(empty):
    empty.document["schemes"]["default"]["unit"] = "region"
    images = {kind: empty.image(f"{kind}.tif") for kind in ("phase", "dna")}
    empty.field("left", "", "train", region="y0:32,x0:20", images=images)
    empty.field("right", "", "test", region="y0:32,x24:48", images=images)
    assert parsing.read(empty.write()).fields[1].region == Region((0, 32), (24, 48))
    empty.document["fields"][1]["region"] = "y0:32,x19:48"
    assert _refused(empty)[0].startswith(
        "scheme 'default': image 'phase.tif' stands in two splits: 'train' (field 'left')"
    )


def _digest(cells):
    return parsing.read(cells.write()).digest


def test_the_digest_knows_what_decides_a_pixel_and_nothing_else(cells):
    first = _digest(cells)
    assert len(first) == 64
    for spoil in (
        lambda d: d.update(title="Other", version="7", license="MIT", cite=[{"text": "me"}]),
        lambda d: d["files"].reverse(),
    ):
        spoil(cells.document)
        assert _digest(cells) == first
    seen = {first}
    for spoil in (
        lambda d: d.update(id="others"),
        lambda d: d.update(valid="nonzero"),
        lambda d: d.update(intensity="comparable"),
        lambda d: d["channels"]["dna"].update(dye="DAPI"),
        lambda d: d["fields"][0].update(region="y0:8,x0:8"),
        lambda d: d["fields"][0].update(condition="drug"),
        lambda d: [entry.update(split="val") for entry in d["fields"][2:]],
        lambda d: d["fields"][0]["images"].update(dna="monday1_dna.tif#0"),
        lambda d: d["files"][0].update(sha256="0" * 64),
        lambda d: d["fields"].pop(),
    ):
        spoil(cells.document)
        seen.add(_digest(cells))
    assert len(seen) == 11


def test_renamed_files_keep_the_digest(cells):
    first = _digest(cells)
    cells.document["files"][0]["path"] = "renamed.tif"
    cells.document["fields"][0]["images"]["phase"] = "renamed.tif"
    assert _digest(cells) == first


NAMES = st.text("abcdefgh -_é'\"\\#", min_size=1, max_size=12)


@st.composite
def _manifests(draw):
    count = draw(st.integers(1, 4))
    paths = draw(st.lists(NAMES.map(lambda name: f"{name}.tif"), min_size=count, max_size=count, unique=True))
    channels = (
        Channel(
            name="phase", modality=Modality.DIC, planes=draw(st.integers(1, 13)), z_step=draw(st.none() | st.just(0.3))
        ),
        Channel(name="dna", structure=draw(st.sampled_from(Structure)), dye=draw(NAMES), projection="maximum"),
    )
    fields = tuple(
        FieldEntry(
            id=f"f{number}",
            session=draw(NAMES),
            condition=draw(st.just("") | NAMES),
            splits=draw(st.sampled_from([{"": f"s{number}"}, {"": "s", "b": "t"}, {"b": "t"}, {}])),
            region=draw(st.none() | st.just(Region((0, 4), (2, 9)))),
            images={
                "phase": (Source(path, draw(st.none() | st.integers(0, 9))), Source(path, 11)),
                "dna": (Source(path, 10),),
            },
        )
        for number, path in enumerate(paths)
    )
    return Manifest(
        id="made",
        title=draw(NAMES),
        version=draw(NAMES),
        license=draw(NAMES),
        cite=(Citation(text=draw(NAMES), doi="10.1/x"),),
        valid=draw(st.sampled_from(["", "lit"])),
        ignore_file_pixel_size=draw(st.booleans()),
        channels=channels,
        notes={"dna": draw(NAMES)},
        masks=(
            Mask(name="mask", kind="foreground", note="drawn by hand"),
            Mask(name="cells", kind="instances", outlines=(Structure.CYTOPLASM, Structure.MEMBRANE)),
        ),
        units={"": "field", "b": "field"},
        fields=fields,
        files=tuple(File(path=path, sha256="0" * 64, size=number) for number, path in enumerate(paths)),
    )


@given(_manifests())
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_again(tmp_path_factory, manifest):
    path = document.write(manifest, tmp_path_factory.mktemp("made") / "manifest.toml")
    assert parsing.read(path) == manifest
    assert [member.name for member in path.parent.iterdir()] == ["manifest.toml"]


def test_a_manifest_that_cannot_be_written_is_named(tmp_path, cells):
    manifest = parsing.read(cells.write())
    with pytest.raises(ZooError) as caught:
        document.write(manifest, tmp_path / "none" / "manifest.toml")
    assert caught.value.message == f"{tmp_path}/none/manifest.toml: cannot be written (No such file or directory)"
