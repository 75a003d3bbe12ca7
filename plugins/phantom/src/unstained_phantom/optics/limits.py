"""What no microscope can do, and what it should not be asked to. Pure Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstained_phantom import quantities
from zoo.errors import ZooError

if TYPE_CHECKING:
    from unstained_phantom.microscope import Microscope


def check(microscope: Microscope) -> tuple[str, ...]:
    """Warnings of a microscope that can be built but sees less than its objective shows.

    Raises
    ------
    ZooError
        When it cannot be built, or a number is not plausible.
    """
    name, index = microscope.name, microscope.medium
    for what, aperture in (("NA", microscope.na), ("condenser NA", microscope.condenser)):
        if aperture >= index:
            raise ZooError(
                f"microscope {name}: {what} {aperture:g} is not below the refractive index {index:g}",
                hint="light in the medium reaches no angle of which that would be the sine",
            )
    if not microscope.ring_inner < microscope.ring_outer <= microscope.na:
        raise ZooError(
            f"microscope {name}: the phase ring reaches from NA {microscope.ring_inner:g} to {microscope.ring_outer:g},"
            f" expected inner < outer <= {microscope.na:g}, the NA of the objective",
            hint="choose ring_inner and ring_outer inside the objective",
        )
    try:
        quantities.check(microscope)
        quantities.check(microscope.camera)
    except ValueError as error:
        raise ZooError(f"microscope {name}: {error}", hint="choose a number in its range") from error
    widest = microscope.wavelength / (2 * microscope.na)
    if microscope.pixel > widest:
        warning = (
            f"microscope {name}: pixels of {microscope.pixel:g} µm are wider than {widest:.3f} µm, the Nyquist limit "
            f"of NA {microscope.na:g} at {microscope.wavelength:g} µm: finer detail folds back"
        )
        return (warning,)
    return ()
