"""Gates: tests of trust that a model passes or fails, label by label. Their figures are never averaged with anything.

Each gate has a module beside this one with two functions: what it measures of a field (``harness.gates.subjects``), and
what follows from everything that was measured. Only descriptions stand here, so that listing them stays instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from zoo.types import Modality, Structure

Suite: TypeAlias = Literal["core", "trust", "full"]
SUITES: tuple[Suite, ...] = ("core", "trust", "full")
"""Parts of the protocol, each with everything of those before it. ``core``: the asked split. ``trust``: every gate.
``full``: corruption curves too."""


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A test of trust, or a diagnostic that stands beside them."""

    id: str
    version: int
    """Counts up with every change of what it measures or of a limit."""
    title: str
    suite: Suite
    """The smallest that runs it."""
    module: str
    """Where its functions are."""
    probe: str = ""
    """Kind of the splits it is run on, in the words of ``zoo.types.Dataset.probes``, or the part before their colon;
    ``val``: the validation split. Empty: fields of the asked split."""
    of_against: bool = False
    """Whether it judges the label alone that the kind of its probe names."""
    structures: tuple[Structure, ...] = ()
    """The only structures whose labels it judges, and with a verdict the whole net; none: every label that a model
    predicts."""
    beside: Structure | None = None
    """Structure of another label whose truth it reads too."""
    spares: tuple[Structure, ...] = ()
    """Labels that it does not judge."""
    refuses: tuple[Modality, ...] = ()
    """Inputs with which it makes no sense."""
    changes: bool = False
    """Whether it asks about changed inputs, which no folder of predictions can answer."""
    after: str = ""
    """Another gate, whose rows of all fields of the asked split tell with what it looks at each of them once more."""
    verdict: bool = True
    """False for a diagnostic."""
    tabled: bool = False
    """Whether a board shows all its figures, of controls too, in a table of its own; only of what is measured while
    fields are scored or on a probe, and never of a verdict."""
    source: str = ""

    @property
    def in_core(self) -> bool:
        """Whether it needs nothing but what a model says of the fields that are scored."""
        return not self.probe and not self.changes and not self.after


_PROPOSAL = "own proposal"
_PHASE = "Barer 1952, Nature 169, 366-367; masks from predicted stains after Kandel et al. 2020, Nat. Commun. 11, 6256"

GATES: tuple[Gate, ...] = (
    Gate(
        id="null",
        version=2,
        title="A label without any trace in the input is not invented",
        suite="core",
        module="harness.gates.null",
        structures=(Structure.NULL_PUNCTA,),
        source=f"{_PROPOSAL}: invented power, correlation of detail, skill beyond outlines",
    ),
    Gate(
        id="random-level",
        version=1,
        title="A level that was drawn for each nucleus is not known",
        suite="core",
        module="harness.gates.level",
        structures=(Structure.RANDOM_LEVEL,),
        beside=Structure.NUCLEUS,
        source=f"{_PROPOSAL}: partial correlation given area and thickness, bound after Fisher 1924",
    ),
    Gate(
        id="cue",
        version=1,
        title="Silent without a cue, and the clearer the cue the more is said",
        suite="trust",
        module="harness.gates.cue",
        probe="cue",
        of_against=True,
        source=_PROPOSAL,
    ),
    Gate(
        id="edits",
        version=2,
        title="An organelle taken out or put in moves its own label, there alone",
        suite="trust",
        module="harness.gates.edits",
        probe="edits",
        spares=(Structure.SHORTCUT,),  # follows another label's organelle in any net: see the diagnostic
        source=_PROPOSAL,
    ),
    Gate(
        id="blank",
        version=3,
        title="Nothing is painted where there are no cells",
        suite="trust",
        module="harness.gates.blank",
        probe="blank",
        changes=True,
        source=_PROPOSAL,
    ),
    Gate(
        id="unstained",
        version=1,
        title="Nothing is painted on cells that carry no stain",
        suite="trust",
        module="harness.gates.unstained",
        probe="unstained",
        source=f"{_PROPOSAL}; the control of Ounkomol et al. 2018, Nat. Methods 15, 917-920, for models",
    ),
    Gate(
        id="seam",
        version=1,
        title="Tiles leave no trace",
        suite="trust",
        module="harness.gates.seam",
        changes=True,
        source=_PROPOSAL,
    ),
    Gate(
        id="equivariance",
        version=2,
        title="A turned, mirrored or moved field gives the same, turned, mirrored or moved",
        suite="trust",
        module="harness.gates.equivariance",
        changes=True,
        refuses=(Modality.DIC,),
        source=f"{_PROPOSAL}: root mean square of the difference over the deviation",
    ),
    Gate(
        id="calibrated",
        version=1,
        title="Skill with the gain and offset that other sessions ask for",
        suite="core",
        module="harness.gates.calibration",
        verdict=False,
        tabled=True,
        source="least squares on all other sessions; R² as the metric r2",
    ),
    Gate(
        id="calibrated-pixels",
        version=1,
        title="Absolute error and structural similarity with that gain and offset",
        suite="trust",
        module="harness.gates.calibrated",
        after="calibrated",
        verdict=False,
        tabled=True,
        source="gain and offset of `calibrated`; NMAE and SSIM as the metrics nmae and ssim",
    ),
    Gate(
        id="viability",
        version=1,
        title="Dead cells told from living ones",
        suite="core",
        module="harness.gates.viability",
        structures=(Structure.DEAD_NUCLEUS,),
        verdict=False,
        tabled=True,
        source="Hu et al. 2022, Nat. Commun. 13, 713, for the task; Matthews 1975, BBA 405, 442-451",
    ),
    Gate(
        id="calls",
        version=1,
        title="Which cells take the stain, where the model is sure: yes, no, or unpredictable",
        suite="core",
        module="harness.gates.calls",
        structures=(Structure.DEAD_NUCLEUS, Structure.NEURON, Structure.MOTOR_NEURON),
        verdict=False,
        tabled=True,
        source=f"{_PROPOSAL}; the task after Christiansen et al. 2018, Cell 173, 792-803; score of Brier 1950",
    ),
    Gate(
        id="nucleus-mass",
        version=1,
        title="Dry mass of nuclei, weighed in phase within predicted outlines",
        suite="core",
        module="harness.gates.drymass",
        structures=(Structure.NUCLEUS,),
        verdict=False,
        tabled=True,
        source=_PHASE,
    ),
    Gate(
        id="cytoplasm-mass",
        version=1,
        title="Dry mass of cells beside their nuclei, weighed in phase within predicted outlines",
        suite="core",
        module="harness.gates.drymass",
        structures=(Structure.CYTOPLASM,),
        verdict=False,
        tabled=True,
        source=_PHASE,
    ),
    Gate(
        id="nucleus-growth",
        version=1,
        title="Growth rate of nuclei by their dry mass",
        suite="trust",
        module="harness.gates.growth",
        probe="growth",
        structures=(Structure.NUCLEUS,),
        verdict=False,
        tabled=True,
        source=_PHASE,
    ),
    Gate(
        id="cytoplasm-growth",
        version=1,
        title="Growth rate of cytoplasm by its dry mass",
        suite="trust",
        module="harness.gates.growth",
        probe="growth",
        structures=(Structure.CYTOPLASM,),
        verdict=False,
        tabled=True,
        source=_PHASE,
    ),
    Gate(
        id="shortcut",
        version=1,
        title="What is lost where a stain parts from the visible thing that it followed in training",
        suite="trust",
        module="harness.gates.shortcut",
        probe="broken",
        structures=(Structure.SHORTCUT,),
        verdict=False,
        source=_PROPOSAL,
    ),
    Gate(
        id="shifts",
        version=2,
        title="Correlation under other light, instruments and cells: the worst group",
        suite="trust",
        module="harness.gates.shifts",
        probe="shift",
        verdict=False,
        source="worst group after Koh et al. 2021, ICML (WILDS)",
    ),
    Gate(
        id="conformal",
        version=1,
        title="Intervals that are to hold 90 % of the pixels of a new session, calibrated on validation sessions",
        suite="trust",
        module="harness.gates.conformal",
        probe="val",
        verdict=False,
        source="Vovk et al. 2005; Lei et al. 2018, JASA 113, 1094-1111, with whole sessions as the units",
    ),
    Gate(
        id="corruptions",
        version=1,
        title="Correlation while the input gets worse: the worst kind",
        suite="full",
        module="harness.gates.corruptions",
        changes=True,
        verdict=False,
        source="after Hendrycks and Dietterich 2019, ICLR, on images of light",
    ),
)
"""In the order of a board's columns."""
