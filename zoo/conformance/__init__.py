"""Does it do what it says? One public list of checks, for ``zoo check``, for tests of plugins and for submissions.

A plugin tests all that it brings in one line::

    assert [str(finding) for finding in conformance.examine(registry.load(), "mine") if finding.failed] == []
"""

from __future__ import annotations

from zoo.conformance.behaviour import (
    check_batch_does_not_matter,
    check_input_is_unchanged,
    check_output_is_finite,
    check_prediction_repeats,
    check_seams_are_small,
    check_shape_is_kept,
    check_statistics_make_sense,
    check_test_output_is_reproduced,
)
from zoo.conformance.declarations import (
    check_channels_are_told,
    check_format_is_valid,
    check_licence_and_citation_are_given,
    check_normalization_is_invertible,
)
from zoo.conformance.examination import (
    ARCHITECTURE_CHECKS,
    CHECKS,
    ENTRY_CHECKS,
    FORMAT_CHECKS,
    MAKING_CHECKS,
    MODEL_CHECKS,
    PACKAGE_CHECKS,
    PLUGIN_CHECKS,
    check_package_can_be_made,
    examine,
    examine_architecture,
    examine_entry,
    examine_package,
    examine_plugin,
)
from zoo.conformance.findings import Finding, run
from zoo.conformance.opened import Opened, opened
from zoo.conformance.reach import check_halo_holds_what_an_edge_changes
from zoo.conformance.reference import check_bioimageio_test_passes
from zoo.conformance.sources import (
    check_entry_agrees_with_its_file,
    check_net_stands_alone,
    check_patches_fit_the_net,
    check_plugin_imports_light,
    check_presets_can_be_built,
    check_source_is_cited,
    check_statistics_are_known,
)

__all__ = [
    "ARCHITECTURE_CHECKS",
    "CHECKS",
    "ENTRY_CHECKS",
    "FORMAT_CHECKS",
    "MAKING_CHECKS",
    "MODEL_CHECKS",
    "PACKAGE_CHECKS",
    "PLUGIN_CHECKS",
    "Finding",
    "Opened",
    "check_batch_does_not_matter",
    "check_bioimageio_test_passes",
    "check_channels_are_told",
    "check_entry_agrees_with_its_file",
    "check_format_is_valid",
    "check_halo_holds_what_an_edge_changes",
    "check_input_is_unchanged",
    "check_licence_and_citation_are_given",
    "check_net_stands_alone",
    "check_normalization_is_invertible",
    "check_output_is_finite",
    "check_package_can_be_made",
    "check_patches_fit_the_net",
    "check_plugin_imports_light",
    "check_prediction_repeats",
    "check_presets_can_be_built",
    "check_seams_are_small",
    "check_shape_is_kept",
    "check_source_is_cited",
    "check_statistics_are_known",
    "check_statistics_make_sense",
    "check_test_output_is_reproduced",
    "examine",
    "examine_architecture",
    "examine_entry",
    "examine_package",
    "examine_plugin",
    "opened",
    "run",
]
