"""The format's own test, as ``bioimageio test`` runs it."""

from __future__ import annotations

from contextlib import chdir
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

from bioimageio.core import test_description
from bioimageio.spec import ValidationContext

from zoo.conformance.findings import Finding, judged
from zoo.package import quietly

if TYPE_CHECKING:
    from zoo.conformance.opened import Opened


def check_bioimageio_test_passes(opened: Opened) -> Finding:
    """``bioimageio test`` passes at the default tolerances, without the network. Figure: parts of the test that ran."""
    path = opened.package.path.resolve()
    # bioimageio.core unpacks weights into the working directory and leaves them there
    with (
        TemporaryDirectory() as scratch,
        chdir(scratch),
        quietly(),
        ValidationContext(perform_io_checks=False, log_warnings=False),
    ):
        summary = test_description(path, weight_format=cast("Any", opened.format))
    errors = [f"{part.name}: {error.msg}" for part in summary.details for error in part.errors]
    message = " ".join(errors[0].split()) if errors else f"all {len(summary.details)} parts passed"
    figure = len(summary.details)
    return judged(check_bioimageio_test_passes, ok=summary.status == "passed", figure=figure, message=message)
