"""What is checked on what: a plugin, an architecture, an entry, a package."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from zoo import weights
from zoo.conformance import behaviour, declarations, reach, sources
from zoo.conformance.findings import Finding, judged, run
from zoo.conformance.opened import opened
from zoo.conformance.reference import check_bioimageio_test_passes
from zoo.conformance.trial import untrained
from zoo.errors import ZooError
from zoo.export import export
from zoo.export.stock import packaged
from zoo.package import read
from zoo.runtime import isolated
from zoo.runtime.sessions import EXTRAS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zoo.package import Package
    from zoo.registry import Registry
    from zoo.types import Architecture

    Note = Callable[[str], None]


def check_package_can_be_made(make: Callable[[], Package]) -> Finding:
    """A net can be packed. Figure: weight formats in the package."""
    package = make()
    message = f"{', '.join(package.formats)}; runs in {package.format}"
    return judged(check_package_can_be_made, ok=True, figure=len(package.formats), message=message)


PLUGIN_CHECKS = (sources.check_plugin_imports_light,)
"""Of the name of a plugin's module."""
ARCHITECTURE_CHECKS = (
    sources.check_source_is_cited,
    sources.check_net_stands_alone,
    sources.check_presets_can_be_built,
    sources.check_patches_fit_the_net,
    sources.check_statistics_are_known,
)
"""Of an ``Architecture``."""
ENTRY_CHECKS = (sources.check_entry_agrees_with_its_file,)
"""Of a ``ModelEntry``."""
MAKING_CHECKS = (check_package_can_be_made,)
"""Of something that makes a ``Package`` when it is called."""
PACKAGE_CHECKS = (
    declarations.check_format_is_valid,
    declarations.check_licence_and_citation_are_given,
    declarations.check_channels_are_told,
    declarations.check_normalization_is_invertible,
)
"""Of a ``Package``, nothing of which is run."""
FORMAT_CHECKS = (behaviour.check_test_output_is_reproduced, check_bioimageio_test_passes)
"""Of an ``Opened`` package, in each of its weight formats."""
MODEL_CHECKS = (
    behaviour.check_shape_is_kept,
    behaviour.check_output_is_finite,
    behaviour.check_statistics_make_sense,
    behaviour.check_prediction_repeats,
    behaviour.check_batch_does_not_matter,
    behaviour.check_seams_are_small,
    reach.check_halo_holds_what_an_edge_changes,
    behaviour.check_input_is_unchanged,
)
"""Of an ``Opened`` package, in the format that it runs in by default."""
CHECKS = (
    *PLUGIN_CHECKS,
    *ARCHITECTURE_CHECKS,
    *ENTRY_CHECKS,
    *MAKING_CHECKS,
    *PACKAGE_CHECKS,
    *FORMAT_CHECKS,
    *MODEL_CHECKS,
)
"""Every check there is."""


def _silent(_line: str) -> None:
    """Nobody asked to be told."""


def examine(registry: Registry, name: str, *, note: Note = _silent) -> tuple[Finding, ...]:
    """Check whatever goes by that name: an entry, a plugin with all it brings, an architecture, or a package on disk.

    A plugin goes before an architecture of its name, which is checked with it; a folder of a name that is registered
    is no package: it may well hold the plugin. Nothing is downloaded. ``note`` is told what is being checked. Raises
    ``ZooError`` for a name that nobody has.
    """
    if name in registry.models:
        return examine_entry(registry, name, note=note)
    if name in {plugin.name for plugin in registry.plugins.found}:
        return examine_plugin(registry, name, note=note)
    if name in registry.architectures:
        return examine_architecture(registry.architectures.get(name), note=note)
    if Path(name).exists():
        return examine_package(Path(name), note=note)
    known = ", ".join(plugin.name for plugin in registry.plugins.found)
    raise ZooError(
        f"{name!r} is no package, model, architecture or plugin; plugins are {known}",
        hint="check the path, or see: zoo list plugins",
    )


def examine_plugin(registry: Registry, name: str, *, note: Note = _silent) -> tuple[Finding, ...]:
    """Check a plugin: its imports, every architecture with random weights, and what its entries say of themselves."""
    found = next(plugin for plugin in registry.plugins.found if plugin.name == name)
    if found.status != "loaded":
        raise ZooError(f"plugin {name!r} is {found.status}: {found.reason}", hint="zoo list plugins")
    note(f"importing {name}")
    loaded = registry.plugins.manager.get_plugin(name)
    module = getattr(loaded, "__name__", type(loaded).__module__)
    findings = run(PLUGIN_CHECKS, module, name=name)
    for architecture in registry.architectures:
        if registry.architectures.owners[architecture.id] == name:
            findings += examine_architecture(architecture, note=note)
    for entry in registry.models:
        if registry.models.owners[entry.id] == name:
            findings += run(ENTRY_CHECKS, entry, name=entry.id)
    return findings


def examine_architecture(architecture: Architecture, *, note: Note = _silent) -> tuple[Finding, ...]:
    """Check an architecture, and the package of an untrained net of it."""
    note(f"building {architecture.id}")
    expected = architecture.expected_failures
    findings = run(ARCHITECTURE_CHECKS, architecture, name=architecture.id, expected=expected)
    small = replace(architecture, halo=0)  # seams are not judged here, and small packages are checked quickly
    with tempfile.TemporaryDirectory(prefix="zoo-check-") as folder:
        stored, packed = Path(folder) / "untrained.safetensors", Path(folder) / "untrained.zip"

        @cache
        def make() -> Package:
            weights.write(untrained(small), stored)
            return export(stored, small, packed, note=note)

        return findings + _examine_made(make, architecture.id, expected, note)


def examine_entry(registry: Registry, name: str, *, note: Note = _silent) -> tuple[Finding, ...]:
    """Check a trained entry and the package that is made of it."""
    entry = registry.models.get(name)
    findings = run(ENTRY_CHECKS, entry, name=name)
    note(f"packing {name}")
    known = entry.architecture in registry.architectures
    expected = registry.architectures.get(entry.architecture).expected_failures if known else {}
    return findings + _examine_made(lambda: read(packaged(registry, name)), name, expected, note)


def examine_package(path: Path, *, note: Note = _silent) -> tuple[Finding, ...]:
    """Check a BioImage.IO package, from whomever it is. Its code is run, in a process of its own."""
    return _examine(read(path), str(path), {}, note)


def _examine_made(
    make: Callable[[], Package], name: str, expected: Mapping[str, str], note: Note
) -> tuple[Finding, ...]:
    findings = run(MAKING_CHECKS, make, name=name, expected=expected)
    return findings + _examine(make(), name, expected, note) if findings[0].status == "passed" else findings


def _examine(package: Package, name: str, expected: Mapping[str, str], note: Note) -> tuple[Finding, ...]:
    findings = run(PACKAGE_CHECKS, package, name=name, expected=expected)
    by_framework: dict[str, list[str]] = {}
    for chosen in package.formats:
        by_framework.setdefault(EXTRAS.get(chosen, ("torch", ""))[0], []).append(chosen)  # ONNX goes with either
    for formats in by_framework.values():
        note(f"running {name} in {', '.join(formats)}")
        findings += _apart(package.path, formats, name, dict(expected))
    return findings


def _apart(path: Path, formats: Sequence[str], name: str, expected: dict[str, str]) -> tuple[Finding, ...]:
    """Run in a process of its own: frameworks never share one, and what crashes there is only a finding here."""
    subject = f"{name} [{', '.join(formats)}]"
    try:
        return isolated(subject, _examine_formats, path, formats, name, expected)
    except ZooError as error:
        if len(formats) > 1:  # which of them was it?
            return tuple(finding for chosen in formats for finding in _apart(path, [chosen], name, expected))
        return (Finding(check="package_opens", status="failed", message=error.message, subject=subject),)


def _examine_formats(path: Path, formats: Sequence[str], name: str, expected: dict[str, str]) -> tuple[Finding, ...]:
    package = read(path)
    findings: tuple[Finding, ...] = ()
    for chosen in formats:
        checks = FORMAT_CHECKS + (MODEL_CHECKS if chosen == package.format else ())
        with opened(package, chosen, threads=1) as subjected:  # test images are small: threads would wait
            findings += run(checks, subjected, name=f"{name} [{chosen}]", expected=expected)
    return findings
