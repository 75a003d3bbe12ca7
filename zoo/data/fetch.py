"""Downloads: checked by pooch, resumed where they broke off, retried, moved into place only when they are right."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pooch
import requests

from zoo.data.hashes import digest
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoo.data.manifest import File

USER_AGENT = f"unstained/{metadata.version('unstained')}"
RETRIES = 3
TIMEOUT = (10.0, 60.0)
"""Seconds to connect, and between two blocks."""
BLOCK = 1 << 16
PARTIAL, WHOLE, NOTHING_LEFT = 206, 200, 416
"""HTTP answers to a request for the rest of a file."""


def download(base_url: str, file: File, folder: Path, on_bytes: Callable[[int], None]) -> Path:
    """Fetch one file of a dataset to ``folder / file.path``.

    What has arrived of a broken download waits beside it under the name ``<path>.part`` and is not sent again. Raises
    ``ZooError`` if the file cannot be had or is not the one of the manifest; then nothing stands in its place.
    """
    pooch.get_logger().setLevel(logging.ERROR)  # what happens is said by the bar and by our errors
    url = base_url + quote(file.path)
    part = folder / f"{file.path}.part"
    shelf = pooch.create(
        path=folder,
        base_url="",
        registry={file.path: f"sha256:{file.sha256}"},
        urls={file.path: url},
        retry_if_failed=RETRIES,
    )
    if part.exists():
        on_bytes(part.stat().st_size)
    try:
        return Path(shelf.fetch(file.path, downloader=Resuming(file, part, on_bytes)))
    except requests.exceptions.RequestException as error:
        reason = str(error).split("\n")[0]
        raise ZooError(
            f"{file.path}: cannot be downloaded from {url} ({type(error).__name__}: {reason})",
            hint="run the command again to go on where it stopped, or name a local copy with --data-dir or ZOO_DATA",
        ) from error
    except OSError as error:
        message = f"{folder / file.path}: cannot be written ({error.strerror or error})"
        raise ZooError(message, hint="make room, or choose another cache folder with ZOO_CACHE") from error


@dataclass(frozen=True)
class Resuming:
    """A downloader for pooch that asks the server only for what has not arrived yet."""

    file: File
    part: Path
    on_bytes: Callable[[int], None]

    def __call__(self, url: str, output_file: str, _: object) -> None:
        """Complete the partial file, check it, and hand it over under the name that pooch chose."""
        self.part.parent.mkdir(parents=True, exist_ok=True)
        had = self.part.stat().st_size if self.part.exists() else 0
        if had < self.file.size:
            self._append(url, had)
        got = self.part.stat().st_size
        if got < self.file.size:
            message = f"the connection ended after {got} of {self.file.size} bytes"
            raise requests.exceptions.ConnectionError(message)
        self._check(url, resumed=had > 0)
        self.part.replace(output_file)

    def _append(self, url: str, had: int) -> None:
        headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
        if had:
            headers["Range"] = f"bytes={had}-"
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
            self._refuse(answer, url)
            goes_on = answer.status_code == PARTIAL and _start(answer) == had
            if answer.status_code == PARTIAL and not goes_on:
                self.part.unlink(missing_ok=True)
                raise requests.exceptions.ConnectionError("the server sent another part than the one asked for")
            answer.raw.enforce_content_length = False  # keep the last, incomplete block; the size is checked below
            with self.part.open("ab" if goes_on else "wb") as file:
                for block in answer.iter_content(BLOCK):
                    file.write(block)
                    self.on_bytes(len(block))

    def _refuse(self, answer: Any, url: str) -> None:  # noqa: ANN401 - requests has no types
        """Turn an answer that no retry can mend into the final error."""
        if answer.status_code == NOTHING_LEFT:
            self.part.unlink(missing_ok=True)
            raise requests.exceptions.ConnectionError("the server has nothing behind the part that arrived")
        if 400 <= answer.status_code < 500:  # noqa: PLR2004 - the class of HTTP answers that blame the client
            message = f"{self.file.path}: the server answers {answer.status_code} {answer.reason} for {url}"
            raise ZooError(message, hint="the file was moved or removed: name a local copy with --data-dir or ZOO_DATA")
        answer.raise_for_status()

    def _check(self, url: str, *, resumed: bool) -> None:
        found = digest(self.part)
        if found == self.file.sha256:
            return
        self.part.unlink()
        if resumed:
            raise requests.exceptions.ConnectionError("the parts of the download do not fit together")
        message = f"{self.file.path}: wrong hash: expected sha256 {self.file.sha256}, found {found} at {url}"
        raise ZooError(message, hint="nothing was kept; the public copy has changed: name a local copy with --data-dir")


def _start(answer: Any) -> int | None:  # noqa: ANN401 - requests has no types
    """The first byte that a partial answer holds."""
    text = str(answer.headers.get("Content-Range", "")).removeprefix("bytes ").partition("-")[0]
    return int(text) if text.isdigit() else None
