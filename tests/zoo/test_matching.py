from __future__ import annotations

import pytest

from zoo.matching import Match, NotApplicableError, match
from zoo.types import Channel, Modality, Structure

PHASE = Channel(name="phase", modality=Modality.PHASE_CONTRAST, pixel_size=0.2)
DIC = Channel(name="dic", modality=Modality.DIC, pixel_size=0.2)
STACK = Channel(name="stack", modality=Modality.PHASE_CONTRAST, planes=13, pixel_size=0.2, z_step=0.5)
NUCLEUS = Channel(name="dapi", structure=Structure.NUCLEUS, dye="DAPI")
HOECHST = Channel(name="hoechst", structure=Structure.NUCLEUS, dye="Hoechst")
AXON = Channel(name="nfh", structure=Structure.AXON)


def test_channels_are_matched_by_what_they_show_and_not_by_name() -> None:
    model_input = Channel(name="bf", modality=Modality.PHASE_CONTRAST, pixel_size=0.2)
    found = match([model_input], [NUCLEUS], [DIC, PHASE, HOECHST, AXON])
    assert found == Match({"bf": "phase"}, {"dapi": "hoechst"}, 1.0)


def test_the_same_name_wins_over_the_same_dye_and_that_over_the_order() -> None:
    other = Channel(name="other", structure=Structure.NUCLEUS, dye="DAPI")
    assert match([PHASE], [NUCLEUS], [PHASE, HOECHST, other, NUCLEUS]).labels == {"dapi": "dapi"}
    assert match([PHASE], [NUCLEUS], [PHASE, HOECHST, other]).labels == {"dapi": "other"}
    assert match([PHASE], [NUCLEUS], [PHASE, HOECHST]).labels == {"dapi": "hoechst"}


def test_outputs_without_a_label_are_left_out() -> None:
    assert match([PHASE], [NUCLEUS, AXON], [PHASE, AXON]).labels == {"nfh": "nfh"}


def test_one_label_is_given_to_one_output_only() -> None:
    assert match([PHASE], [HOECHST, NUCLEUS], [PHASE, HOECHST]).labels == {"hoechst": "hoechst"}


@pytest.mark.parametrize(("size", "zoom"), [(0.2, 1.0), (0.2005, 1.0), (0.4, 2.0), (0.1, 0.5), (None, 1.0)])
def test_the_zoom_is_the_ratio_of_pixel_sizes(size: float | None, zoom: float) -> None:
    phase = Channel(name="phase", modality=Modality.PHASE_CONTRAST, pixel_size=size)
    assert match([PHASE], [NUCLEUS], [phase, NUCLEUS]).zoom == pytest.approx(zoom)


def test_a_volume_net_takes_any_stack_and_a_plane_net_only_its_own_planes() -> None:
    short = Channel(name="short", modality=Modality.PHASE_CONTRAST, planes=5)
    assert match([STACK], [NUCLEUS], [short, NUCLEUS], spatial=3).inputs == {"stack": "short"}
    with pytest.raises(NotApplicableError):
        match([STACK], [NUCLEUS], [PHASE, NUCLEUS], spatial=3)
    with pytest.raises(NotApplicableError) as caught:
        match([STACK], [NUCLEUS], [short, NUCLEUS])
    assert caught.value.message == (
        "no input for 'stack' (phase-contrast, 13 planes); the dataset offers 'short' (phase-contrast, 5 planes)"
    )


@pytest.mark.parametrize(
    ("inputs", "outputs", "channels", "message"),
    [
        ([], [NUCLEUS], [PHASE, NUCLEUS], "the model does not say what its channels are"),
        ([PHASE], [NUCLEUS], [DIC, NUCLEUS], "no input for 'phase' (phase-contrast); the dataset offers 'dic' (dic)"),
        (
            [PHASE, Channel(name="second", modality=Modality.PHASE_CONTRAST)],
            [NUCLEUS],
            [PHASE, NUCLEUS],
            "no input for 'second' (phase-contrast); the dataset offers nothing more",
        ),
        ([PHASE], [AXON], [PHASE, NUCLEUS], "the model predicts axon; the dataset asks for nucleus"),
        ([PHASE], [AXON], [PHASE], "the model predicts axon; the dataset asks for nothing"),
        (
            [PHASE],
            [NUCLEUS],
            [Channel(name="fine", modality=Modality.PHASE_CONTRAST, pixel_size=0.09), NUCLEUS],
            "pixel size of 'fine' is 0.09 µm, the model was trained at 0.2 µm: more than a factor of 2 apart",
        ),
        (
            [STACK],
            [NUCLEUS],
            [
                Channel(name="z", modality=Modality.PHASE_CONTRAST, planes=13, pixel_size=0.2, z_step=2.0),
                NUCLEUS,
            ],
            "z step of 'z' is 2 µm, the model was trained at 0.5 µm: more than a factor of 2 apart",
        ),
        (
            [PHASE, DIC],
            [NUCLEUS],
            [PHASE, Channel(name="dic", modality=Modality.DIC, pixel_size=0.3), NUCLEUS],
            "the inputs need different zooms (1, 1.5)",
        ),
    ],
)
def test_a_model_that_does_not_apply_says_why(
    inputs: list[Channel], outputs: list[Channel], channels: list[Channel], message: str
) -> None:
    with pytest.raises(NotApplicableError) as caught:
        match(inputs, outputs, channels)
    assert caught.value.message == message
