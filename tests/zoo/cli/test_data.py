"""``zoo data``: what people and scripts see."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from scipy import ndimage

from zoo.data import shipped_datasets

FLAGS = ("--input", "brightfield=*_BF.tif", "--label", "dna=*_DNA.tif", "--structure", "dna=nucleus")


@pytest.fixture
def folder(tmp_path):
    """Nine pairs of images on three days."""
    made = tmp_path / "My Cells"
    made.mkdir()
    for day in (1, 2, 3):
        for place in "abc":
            rng = np.random.default_rng(day)
            image = ndimage.gaussian_filter(rng.normal(size=(64, 80)), 3) * 9000 + 2000
            tifffile.imwrite(made / f"day{day}_{place}_BF.tif", image.astype("u2"))
            tifffile.imwrite(made / f"day{day}_{place}_DNA.tif", (3 * image).astype("u2"))
    return made


@pytest.fixture
def manifest(zoo, folder):
    """The manifest of that folder."""
    assert zoo("data", "new", folder, *FLAGS, "--session-from", r"day(\d)").status == 0
    return folder / "manifest.toml"


def test_list_tells_how_much_of_each_dataset_is_here(zoo, tmp_path, monkeypatch):
    monkeypatch.delenv("ZOO_DATA", raising=False)
    first = next(iter(shipped_datasets()))
    rows = {row["id"]: row for row in zoo("data", "list", "--json").json}
    assert {dataset.id for dataset in shipped_datasets()} <= set(rows)
    row = rows[first.id]
    assert (row["files"], row["files_here"]) == (len(first.files()), 0)
    assert row["bytes"] == sum(file.size for file in first.files())
    place = tmp_path / "copy" / first.id / first.files()[0].path
    place.parent.mkdir(parents=True)
    place.touch()
    there = {row["id"]: row for row in zoo("data", "list", "--json", "--data-dir", tmp_path / "copy").json}
    assert there[first.id]["files_here"] == 1
    assert first.id in zoo("data", "list").out
    assert f"0 of {len(first.files())} files" in zoo("data", "list").out


def test_new_writes_a_manifest_that_is_in_order(zoo, folder):
    ran = zoo("data", "new", folder, *FLAGS, "--session-from", r"day(\d)", "--pixel-size", 0.325)
    assert ran.status == 0
    manifest = folder / "manifest.toml"
    assert ran.out.splitlines() == [
        f"{manifest}: 9 fields (train 3, val 3, test 3), split by session",
        f"licence, citation, dyes and notes can be added in the file; next: zoo data check {manifest}",
    ]
    text = manifest.read_text()
    assert 'id = "my-cells"' in text
    assert "pixel_size = 0.325" in text
    checked = zoo("data", "check", manifest)
    assert (checked.status, checked.out.splitlines()[0]) == (0, "my-cells: 9 of 9 fields are as described")
    assert checked.out.splitlines()[1].startswith("shift of dna against the input: median y ")


def test_new_tells_of_images_that_have_no_partner(zoo, folder):
    (folder / "day1_a_DNA.tif").unlink()
    ran = zoo("data", "new", folder, *FLAGS)
    assert ran.err.strip() == "left out: 1 images of brightfield without an input or without any label (day1_a)"
    assert "8 fields (train 6, val 1, test 1), split by field" in ran.out


def test_new_asks_for_what_is_missing(zoo, folder):
    answers = ["*_BF.tif", "phase-contrast", "phase", "", "*_DNA.tif", "", "dna", "", "0.5"]
    ran = zoo("data", "new", folder, "--ask", given="\n".join(answers) + "\n")
    assert ran.status == 0
    text = (folder / "manifest.toml").read_text()
    assert '[channels.phase]\nmodality = "phase-contrast"\npixel_size = 0.5' in text
    assert '[channels.dna]\nstructure = "nucleus"\npixel_size = 0.5' in text
    assert "holds 18 images, for example day1_a_BF.tif" in ran.err


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        ((), "{folder}: --input is missing", "for example: zoo data new cells --input brightfield="),
        (FLAGS[:2], "{folder}: --label is missing", "for example: zoo data new"),
        (("--input", "*_BF.tif"), "'*_BF.tif': expected NAME=VALUE", "for example: zoo data new"),
        (
            (*FLAGS[:5], "dna=nuclei"),
            "--structure dna: unknown structure 'nuclei'; did you mean nucleus or nucleolus?",
            "give --structure dna=...",
        ),
        (
            ("--input", "bf=*_BF.tif", *FLAGS[2:]),
            "--modality bf: unknown modality 'bf'; known: brightfield, phase-contrast, dic, quantitative-phase",
            "give --modality bf=...",
        ),
        ((*FLAGS, "--split", "70%"), "--split 70%: expected up to three shares, as in 70/15/15", "shares need not sum"),
        ((*FLAGS, "--unit", "plate"), "--unit plate: expected session or field", "edit the manifest for other units"),
        (
            (*FLAGS, "--unit", "session"),
            "--unit session: the fields have no session",
            "say where it stands with --session-from",
        ),
        (
            (*FLAGS[:2], "--label", "brightfield=*_DNA.tif", "--structure", "brightfield=nucleus"),
            "two channels or masks have one name",
            "every NAME may be given once",
        ),
    ],
)
def test_new_says_what_is_wrong_with_a_flag(zoo, folder, words, message, hint):
    ran = zoo("data", "new", folder, *words)
    assert ran.status == 2
    first, second = ran.err.splitlines()
    assert first == f"zoo: {message.format(folder=folder)}"
    assert second.startswith(f"  hint: {hint}")
    assert not (folder / "manifest.toml").exists()


def test_new_does_not_replace_a_manifest_unasked(zoo, manifest, folder):
    ran = zoo("data", "new", folder, *FLAGS)
    assert (ran.status, ran.err) == (2, f"zoo: {manifest}: there is a manifest already\n  hint: --force replaces it\n")
    assert zoo("data", "new", folder, *FLAGS, "--force").status == 0
    missing = zoo("data", "new", folder / "none", *FLAGS)
    assert missing.err.startswith(f"zoo: {folder}/none: no such folder\n")


def test_check_names_every_field_that_fails(zoo, manifest, folder):
    (folder / "day1_a_DNA.tif").unlink()
    (folder / "day2_b_BF.tif").write_bytes(b"changed")
    ran = zoo("data", "check", manifest)
    assert ran.status == 1
    assert ran.out.splitlines()[0].startswith("FAILED day1_a: dataset 'my-cells': file 'day1_a_DNA.tif' is missing")
    assert ran.out.splitlines()[1].startswith(f"FAILED day2_b: {folder}/day2_b_BF.tif: wrong hash: expected sha256 ")
    assert ran.out.splitlines()[2] == "my-cells: 7 of 9 fields are as described"


def test_check_gives_scripts_one_document(zoo, manifest, folder):
    report = zoo("data", "check", folder, "--json").json
    assert report["ok"] is True
    assert report["dataset"] == "my-cells"
    assert len(report["digest"]) == 64
    field = report["fields"][0]
    assert (field["field"], field["problems"], field["valid"]) == ("day1_a", [], 1.0)
    assert abs(field["shifts"]["dna"]["y"]) < 0.5
    (folder / "day1_a_DNA.tif").unlink()
    ran = zoo("data", "check", folder, "--json")
    assert (ran.status, ran.json["ok"]) == (1, False)


def test_check_refuses_a_manifest_with_a_split_unit_in_two_splits(zoo, manifest):
    text = manifest.read_text()
    entry = text.index('id = "day1_b"')
    other = text[:entry] + text[entry:].replace(f'split = "{_split(text, entry)}"', 'split = "control"', 1)
    manifest.write_text(other)
    ran = zoo("data", "check", manifest)
    assert ran.status == 2
    assert "session '1' stands in two splits: " in ran.err


def _split(text, start):
    return text[start:].split('split = "', 1)[1].split('"')[0]


def test_fetch_of_a_local_dataset_finds_all_in_place(zoo, manifest, folder):
    ran = zoo("data", "fetch", manifest, "--split", "test")
    assert ran.out == f"{manifest}, split test: 0 of 3 fields fetched, all complete\n"
    ran = zoo("data", "fetch", manifest, "--split", "tests")
    assert ran.status == 2
    assert ran.err.startswith("zoo: dataset 'my-cells': split 'tests' is empty; splits with fields: train (3 fields), ")


def test_an_unknown_dataset_is_named(zoo):
    known = next(iter(shipped_datasets())).id
    for command in ("fetch", "check"):
        ran = zoo("data", command, f"{known}x")
        assert ran.status == 2
        assert ran.err.startswith(f"zoo: unknown dataset '{known}x'; did you mean {known}")


def test_a_dataset_that_is_made_here_is_listed_as_such(zoo, generated):
    row = next(row for row in zoo("data", "list", "--json").json if row["id"] == "made")
    assert (row["fields"], row["files"], row["default"]) == (45, 0, True)
    assert "made here when needed" in zoo("data", "list").out
    assert "made (default)" in zoo("data", "list").out
    assert [row["id"] for row in zoo("list", "datasets", "--json").json if row["default"]] == ["made"]
    assert not generated.exists()


def test_fetch_makes_what_is_asked_for_and_no_more(zoo, generated):
    ran = zoo("data", "fetch", "made", "--split", "test")
    assert (ran.status, ran.out) == (0, "made, split test: 3 of 3 fields fetched, all complete\n")
    assert sorted(path.stem for path in generated.iterdir()) == ["test0-0", "test1-0", "test2-0"]
    ran = zoo("data", "fetch")
    assert ran.out == "made: 42 of 45 fields fetched, all complete\n"
    assert ran.err.splitlines() == ["no dataset is named: taking made, the default", "generating made: 42 fields"]


def test_check_reads_what_is_made_here_too(zoo, generated):
    ran = zoo("data", "check", "--split", "test")
    assert ran.status == 0, ran.err
    assert ran.out.startswith("made: 3 of 3 fields are as described\nshift of dna against the input: ")


def test_without_a_default_fetch_asks_for_a_name(zoo, monkeypatch):
    monkeypatch.setenv("ZOO_NO_PLUGINS", "all")
    assert zoo("data", "fetch").err.startswith("zoo: no dataset is named, and no plugin brings a default one\n  hint: ")
