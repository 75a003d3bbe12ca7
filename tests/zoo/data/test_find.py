"""From what somebody types to a dataset and a scheme."""

from __future__ import annotations

import pytest

from zoo import registry as registries
from zoo.data import all_fields, find
from zoo.errors import ZooError


def _refused(registry, reference):
    with pytest.raises(ZooError) as caught:
        find(registry, str(reference))
    return caught.value.message, caught.value.hint


@pytest.fixture
def schemes(empty):
    """A dataset with two schemes."""
    empty.document["schemes"]["position"] = {"unit": "position"}
    for number, split in ((1, "train"), (2, "test")):
        empty.field(f"a{number}", "monday", {"default": "train", "position": split}, position=f"p{number}")
    empty.write()
    return empty


def test_a_path_of_a_manifest_or_of_its_folder_will_do(registry, schemes):
    for reference in (schemes.path, schemes.folder):
        dataset, scheme = find(registry, str(reference))
        assert (dataset.id, scheme.name, scheme.unit) == ("cells", "", "session")
        dataset, scheme = find(registry, f"{reference}.position")
        assert (dataset.id, scheme.name, scheme.unit) == ("cells", "position", "position")
        assert [field.id for field in dataset.fields("test", scheme=scheme.name)] == ["a2"]


def test_an_id_finds_what_is_registered_before_a_folder_of_that_name(registry, schemes, monkeypatch):
    known = next(iter(registry.datasets)).id
    schemes.folder.rename(schemes.folder.with_name(known))
    monkeypatch.chdir(schemes.folder.parent)
    dataset, scheme = find(registry, known)
    assert (dataset, scheme.name) == (registry.datasets.get(known), "")
    monkeypatch.undo()


def test_an_unknown_id_names_what_is_near(registry):
    known = next(iter(registry.datasets)).id
    message, hint = _refused(registry, f"{known}x")
    assert message.startswith(f"unknown dataset '{known}x'; did you mean {known}")
    assert hint == "zoo list datasets shows every dataset"


def test_an_unknown_scheme_names_those_that_are_there(registry, schemes):
    assert _refused(registry, f"{schemes.path}.days") == (
        "dataset 'cells' has no split scheme 'days'; known: cells, cells.position",
        "name one of these",
    )


def test_a_folder_without_a_manifest_says_how_to_write_one(registry, tmp_path):
    assert _refused(registry, tmp_path) == (
        f"{tmp_path}: the folder has no manifest.toml",
        f"zoo data new {tmp_path} writes one",
    )


@pytest.mark.parametrize("name", ["missing.toml", "missing/cells"])
def test_a_path_that_is_not_there_is_named(registry, tmp_path, name):
    message, hint = _refused(registry, tmp_path / name)
    assert message == f"{tmp_path / name}: no such manifest"
    assert hint == "check the path; zoo data new FOLDER writes a manifest"


def test_where_none_is_named_the_default_is_taken_and_said(generated):
    said = []
    dataset, scheme = find(registries.load(), "", note=said.append)
    assert (dataset.id, scheme.name) == ("made", "")
    assert said == ["no dataset is named: taking made, the default"]
    find(registries.load(), "made", note=said.append)
    assert len(said) == 1


def test_without_a_default_a_dataset_has_to_be_named():
    assert _refused(registries.load(["all"]), "") == (
        "no dataset is named, and no plugin brings a default one",
        "name one: --dataset ID; zoo list datasets shows what there is",
    )


def test_two_defaults_are_an_error_that_names_both_owners(generated, site):
    code = (site.folder / "made_module.py").read_text()
    site.install("other", code.replace('id: str = "made"', 'id: str = "other"'))
    loaded = registries.load()
    assert _refused(loaded, "") == (
        "two datasets are the default: 'made' of plugin 'made' and 'other' of plugin 'other'",
        "name one: --dataset ID, or leave one out: --no-plugin other",
    )
    assert find(loaded, "other")[0].id == "other"


def test_all_fields_are_those_of_every_split_each_once(generated, schemes):
    fields = all_fields(registries.load().datasets.get("made"))
    assert len(fields) == len({field.id for field in fields}) == 40 + 2 + 3
    schemes.field("spare", "monday", {})
    assert [field.id for field in all_fields(schemes.dataset())] == ["a1", "a2", "spare"]
