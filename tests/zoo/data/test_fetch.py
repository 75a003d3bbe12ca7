"""Downloads against a real server on this machine: resumed, retried, checked, and never half in place."""

from __future__ import annotations

import contextlib
import hashlib
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import numpy as np
import pytest

from zoo.data import PairedDataset
from zoo.data.progress import fetch_with_bar
from zoo.data.store import cache_folder
from zoo.errors import ZooError


@dataclass
class Site:
    """What the server holds, how it behaves, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    ranges: bool = True
    """Whether it answers a request for a part with that part."""
    drops: int = 0
    """How many answers it breaks off half-way."""
    fails: int = 0
    """How many requests it answers with 503."""
    shifted: int = 0
    """How far the part that it sends lies from the part that was asked for."""
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""


class _Handler(BaseHTTPRequestHandler):
    site: Site

    def log_message(self, *_):
        pass

    def do_GET(self):
        site = self.site
        site.asked.append({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}})
        content = site.files.get(unquote(self.path).lstrip("/"))
        if content is None or site.fails > 0:
            site.fails -= content is not None
            self.send_error(404 if content is None else 503)
            return
        start = int(re.sub(r"\D", "", self.headers.get("Range", "0")) or 0) if site.ranges else 0
        if start >= len(content):
            self.send_error(416)
            return
        if start:
            start += site.shifted
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        body = content[start:]
        if site.drops > 0:
            site.drops -= 1
            body = body[: len(body) // 2]
            self.close_connection = True
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body)


@pytest.fixture
def site():
    """A web server that a test may teach bad manners."""
    made = Site()
    handler = type("Handler", (_Handler,), {"site": made})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/"
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def remote(cells, site, tmp_path, monkeypatch):
    """The dataset of ``cells``, with its files on the server alone."""
    monkeypatch.delenv("ZOO_DATA", raising=False)
    monkeypatch.setattr("time.sleep", lambda _: None)  # pooch waits a second before it tries again
    site.files = {file["path"]: (cells.folder / file["path"]).read_bytes() for file in cells.document["files"]}
    cells.document["base_url"] = site.url
    manifest = tmp_path / "cells.toml"
    cells.write().rename(manifest)
    return PairedDataset(manifest)


def _placed(path=""):
    return cache_folder() / "datasets" / "cells" / path


def _names():
    return sorted(path.name for path in _placed().iterdir() if path.name != ".lock")


def _refused(dataset):
    with pytest.raises(ZooError) as caught:
        dataset.fetch(dataset.all_fields())
    return caught.value


def test_opening_a_field_fetches_its_files_and_no_others(remote, site):
    images = remote.fields("train")[0].open()
    assert sorted(request["path"] for request in site.asked) == ["/monday1_dna.tif", "/monday1_phase.tif"]
    assert all(request["user-agent"].startswith("unstained/") for request in site.asked)
    assert int(images.dna.sum()) > 0
    remote.fields("train")[0].open()
    assert len(site.asked) == 2


def test_fetching_a_split_counts_its_bytes_and_does_nothing_twice(remote, site):
    told = []
    test = remote.fields("test")
    assert remote.fetch(test, lambda *now: told.append(now)) == 2
    files = remote.files(test)
    assert {file.path for file in files} == {f"tuesday{n}_{kind}.tif" for n in (1, 2) for kind in ("phase", "dna")}
    total = sum(file.size for file in files)
    assert told[-1] == (total, total, "bytes")
    assert [done for done, *_ in told] == sorted(done for done, *_ in told)
    assert fetch_with_bar(remote, test) == 0
    assert fetch_with_bar(remote, remote.all_fields()) == 2
    assert len(site.asked) == 8


def test_names_with_spaces_and_commas_are_asked_for_correctly(empty, site, tmp_path, monkeypatch):
    monkeypatch.delenv("ZOO_DATA", raising=False)
    name = "day 1/lab-A,z=0 é#x.tif"
    images = {kind: empty.image(f"{kind} {name}") for kind in ("phase", "dna")}
    empty.field("one", "monday", "train", images=images)
    site.files = {path: (empty.folder / path).read_bytes() for path in images.values()}
    empty.document["base_url"] = site.url
    dataset = PairedDataset(empty.write().rename(tmp_path / "cells.toml"))
    np.testing.assert_array_equal(dataset.fields("train")[0].open().phase.shape, (32, 48))


def test_a_broken_download_goes_on_where_it_stopped(remote, site):
    file = remote.manifest.files[0]
    site.drops = 1
    remote.store.fetch([file])
    assert [request.get("range") for request in site.asked] == [None, f"bytes={file.size // 2}-"]
    assert _placed(file.path).read_bytes() == site.files[file.path]
    assert _names() == [file.path]


def test_a_killed_download_goes_on_in_the_next_process(remote, site):
    file = remote.manifest.files[0]
    _placed().mkdir(parents=True)
    _placed(f"{file.path}.part").write_bytes(site.files[file.path][:100])
    told = []
    remote.store.fetch([file], told.append)
    assert [request["range"] for request in site.asked] == ["bytes=100-"]
    assert _placed(file.path).read_bytes() == site.files[file.path]
    assert sum(told) == file.size


def test_a_download_that_was_complete_but_not_moved_is_not_sent_again(remote, site):
    file = remote.manifest.files[0]
    _placed().mkdir(parents=True)
    _placed(f"{file.path}.part").write_bytes(site.files[file.path])
    remote.store.fetch([file])
    assert site.asked == []
    assert _placed(file.path).read_bytes() == site.files[file.path]


@pytest.mark.parametrize("manners", [{"ranges": False}, {"shifted": 3}])
def test_a_server_that_cannot_resume_sends_all_again(remote, site, manners):
    for name, value in manners.items():
        setattr(site, name, value)
    file = remote.manifest.files[0]
    site.drops = 1
    remote.store.fetch([file])
    assert _placed(file.path).read_bytes() == site.files[file.path]


def test_parts_that_do_not_fit_are_thrown_away_and_fetched_anew(remote, site):
    file = remote.manifest.files[0]
    _placed().mkdir(parents=True)
    _placed(f"{file.path}.part").write_bytes(b"?" * 100)
    remote.store.fetch([file])
    assert [request.get("range") for request in site.asked] == ["bytes=100-", None]
    assert _placed(file.path).read_bytes() == site.files[file.path]


def test_a_server_that_stumbles_is_asked_again(remote, site):
    site.fails = 2
    remote.store.fetch(remote.manifest.files[:1])
    assert len(site.asked) == 3


def test_a_server_that_stays_down_is_named_and_what_arrived_is_kept(remote, site):
    file = remote.manifest.files[0]
    site.drops = 100
    error = _refused(remote)
    assert error.message.startswith(f"{file.path}: cannot be downloaded from {site.url}{file.path} (ConnectionError: ")
    assert error.hint == (
        "run the command again to go on where it stopped, or name a local copy with --data-dir or ZOO_DATA"
    )
    assert _names() == [f"{file.path}.part"]
    site.drops = 0
    remote.fetch(remote.all_fields())
    assert _placed(file.path).read_bytes() == site.files[file.path]


def test_no_network_is_named(remote, site, monkeypatch):
    monkeypatch.setitem(
        remote.__dict__, "store", remote.store.__class__("cells", remote.store.folders, "http://127.0.0.1:9/")
    )
    error = _refused(remote)
    assert error.message.startswith(
        "monday1_phase.tif: cannot be downloaded from http://127.0.0.1:9/monday1_phase.tif ("
    )


def test_two_that_fetch_at_once_do_not_spoil_each_other(remote, site):
    twins = [PairedDataset(remote.path) for _ in range(2)]
    threads = [threading.Thread(target=twin.fetch, args=[twin.all_fields()]) for twin in twins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(site.asked) == len(site.files)
    assert all(_placed(name).read_bytes() == content for name, content in site.files.items())


def test_a_file_that_is_not_there_is_named_at_once(remote, site):
    del site.files["monday1_phase.tif"]
    error = _refused(remote)
    assert error.message == (f"monday1_phase.tif: the server answers 404 Not Found for {site.url}monday1_phase.tif")
    assert error.hint == "the file was moved or removed: name a local copy with --data-dir or ZOO_DATA"
    assert len(site.asked) == 1


def test_a_wrong_hash_is_named_and_nothing_is_left(remote, site):
    file = remote.manifest.files[0]
    site.files[file.path] = bytes(file.size)
    found = hashlib.sha256(bytes(file.size)).hexdigest()
    error = _refused(remote)
    assert error.message == (
        f"{file.path}: wrong hash: expected sha256 {file.sha256}, found {found} at {site.url}{file.path}"
    )
    assert error.hint == "nothing was kept; the public copy has changed: name a local copy with --data-dir"
    assert _names() == []
    assert len(site.asked) == 1


def test_a_changed_file_in_the_cache_is_fetched_again(remote, site):
    file = remote.manifest.files[0]
    remote.store.fetch([file])
    _placed(file.path).write_bytes(b"changed")
    assert remote.store.path(file) == _placed(file.path)
    assert _placed(file.path).read_bytes() == site.files[file.path]


def test_a_cache_that_cannot_be_written_is_named(remote, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path / "file"))
    error = _refused(PairedDataset(remote.path))
    assert error.message == f"{tmp_path}/file/datasets/cells: cannot be written to (Not a directory)"
    assert error.hint == "make room, or choose another cache folder with ZOO_CACHE"


@pytest.mark.parametrize("layout", ["cells/files", "cells"])
@pytest.mark.parametrize("named", ["ZOO_DATA", "--data-dir"])
def test_a_local_copy_is_used_and_nothing_downloaded_or_written(remote, site, tmp_path, monkeypatch, layout, named):
    copy = tmp_path / "copy"
    (copy / layout).mkdir(parents=True)
    for name, content in site.files.items():
        (copy / layout / name).write_bytes(content)
    if named == "ZOO_DATA":
        monkeypatch.setenv("ZOO_DATA", str(copy))
    dataset = PairedDataset(remote.path).at(copy if named == "--data-dir" else None)
    assert int(dataset.fields("test")[1].open().dna.sum()) > 0
    assert fetch_with_bar(dataset, dataset.all_fields()) == 0
    (copy / layout / "monday1_dna.tif").unlink()
    error = _refused(dataset)
    looked = " or ".join(str(copy / folder / "monday1_dna.tif") for folder in ("cells/files", "cells"))
    assert error.message == f"dataset 'cells': file 'monday1_dna.tif' is missing; looked for {looked}"
    assert error.hint == (
        f"nothing is downloaded while {named} names a local copy: complete the copy, or leave {named} out"
    )
    assert site.asked == []


def test_a_local_copy_is_checked_too(remote, site, tmp_path):
    copy = tmp_path / "copy" / "cells"
    copy.mkdir(parents=True)
    for name, content in site.files.items():
        (copy / name).write_bytes(content)
    (copy / "monday1_phase.tif").write_bytes(b"changed")
    error = _refused(remote.at(copy.parent))
    assert error.message.startswith(f"{copy}/monday1_phase.tif: wrong hash: expected sha256 ")
