"""The label-free U-Net of Ounkomol et al. 2018, written anew from its published description.

Nothing but torch is imported: this file travels inside state-dict packages.
"""

from __future__ import annotations

from statistics import NormalDist

import torch
from torch import nn

_CONV: dict[int, type[nn.Module]] = {2: nn.Conv2d, 3: nn.Conv3d}
_UP: dict[int, type[nn.Module]] = {2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
_NORM: dict[int, type[nn.Module]] = {2: nn.BatchNorm2d, 3: nn.BatchNorm3d}


class Level(nn.Module):
    """One level of the U and everything below it.

    Two 3-wide convolutions, a learned halving, the next level, a learned doubling, and two convolutions over skip and
    doubled features side by side. The lowest level (``depth`` 0) is its first two convolutions alone.
    """

    def __init__(self, in_channels: int, width: int, *, depth: int, spatial: int) -> None:
        """Features of this level are ``width`` wide, those below twice as wide."""
        super().__init__()
        self.encode = _double(in_channels, width, spatial)
        self.below: nn.Sequential | None = None
        if depth > 0:
            self.below = nn.Sequential(
                _normed(_CONV[spatial](width, width, kernel_size=2, stride=2), width, spatial),
                Level(width, 2 * width, depth=depth - 1, spatial=spatial),
                _normed(_UP[spatial](2 * width, width, kernel_size=2, stride=2), width, spatial),
            )
            self.decode = _double(2 * width, width, spatial)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``b c (z) y x`` to ``b width (z) y x``."""
        skip: torch.Tensor = self.encode(x)
        if self.below is None:
            return skip
        decoded: torch.Tensor = self.decode(torch.cat([skip, self.below(skip)], dim=1))
        return decoded


LEVELS = (2.5, 5, 10, 20, 25, 30, 40, 50, 60, 70, 75, 80, 90, 95, 97.5)
"""Levels of the quantiles that a net with spread tells, in percent."""
NARROWEST, WIDEST = -12.0, 6.0
"""Bounds of a log-variance, in squared deviations of the target: from 0.2 % of one deviation to 20 deviations."""


class Net(nn.Module):
    """The U, and a linear convolution that turns its features into the predicted labels."""

    def __init__(self, in_channels: int, out_channels: int, *, spatial: int, width: int, depth: int) -> None:
        """Initialise as published: see ``_initialise``."""
        super().__init__()
        self.features = Level(in_channels, width, depth=depth, spatial=spatial)
        self.head = _CONV[spatial](width, out_channels, kernel_size=3, padding=1)
        self.apply(_initialise)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``b in (z) y x`` to ``b out (z) y x``; every spatial edge a multiple of ``2 ** depth``."""
        prediction: torch.Tensor = self.head(self.features(x))
        return prediction


class Spread(Net):
    """The same net with a second output for each label: how far the stain lies from its mean.

    The heteroscedastic head of the authors' published code: the head is twice as wide, means first, then
    log-variances.
    """

    def __init__(self, in_channels: int, out_channels: int, *, spatial: int, width: int, depth: int) -> None:
        """Initialise as without spread."""
        super().__init__(in_channels, 2 * out_channels, spatial=spatial, width=width, depth=depth)
        self.steps: torch.Tensor
        steps = torch.tensor([NormalDist().inv_cdf(level / 100) for level in LEVELS])
        self.register_buffer("steps", steps, persistent=False)

    def means_and_log_variances(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Map ``b in (z) y x`` to two of ``b out (z) y x``: what the loss takes; log-variances are bounded."""
        means, log_variances = self.head(self.features(x)).chunk(2, dim=1)
        return means, log_variances.clamp(NARROWEST, WIDEST)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``b in (z) y x`` to ``b out*17 (z) y x``: means, then 16 statistics of each label.

        Statistics of a normal distribution: deviation, then quantiles at ``LEVELS``; all of the first label first.
        """
        means, log_variances = self.means_and_log_variances(x)
        sd = (log_variances / 2).exp().unsqueeze(2)
        quantiles = means.unsqueeze(2) + sd * self.steps.view(-1, *(1,) * (means.dim() - 2))
        return torch.cat([means, torch.cat([sd, quantiles], dim=2).flatten(1, 2)], dim=1)


def build(
    in_channels: int, out_channels: int, *, spatial: int = 2, width: int = 32, depth: int = 4, spread: bool = False
) -> Net:
    """Return the net, freshly initialised.

    ``spatial`` 2 takes ``b c y x``, 3 takes ``b c z y x``. ``width`` features at the top are doubled at each of
    ``depth`` halvings: 32 and 4 in the paper, with 8,116,225 parameters in 2-D and 23,280,769 in 3-D for one channel
    in and one out. Output is linear and of the input's size. With ``spread`` it also says how sure it is: see
    ``Spread``.
    """
    if spatial not in _CONV:
        message = f"spatial is {spatial!r}, expected 2 or 3"
        raise ValueError(message)
    kind = Spread if spread else Net
    return kind(in_channels, out_channels, spatial=spatial, width=width, depth=depth)


def _double(in_channels: int, width: int, spatial: int) -> nn.Sequential:
    """Two 3-wide convolutions with zero padding, each normalised and rectified."""
    conv = _CONV[spatial]
    return nn.Sequential(
        _normed(conv(in_channels, width, kernel_size=3, padding=1), width, spatial),
        _normed(conv(width, width, kernel_size=3, padding=1), width, spatial),
    )


def _normed(convolution: nn.Module, width: int, spatial: int) -> nn.Sequential:
    """Batch normalisation and a rectifier behind a convolution, which keeps its bias as published."""
    return nn.Sequential(convolution, _NORM[spatial](width), nn.ReLU(inplace=True))


def _initialise(module: nn.Module) -> None:
    """Draw convolution weights from N(0, 0.02), batch-normalisation scales from N(1, 0.02), and set their shifts to 0.

    The biases of convolutions keep torch's default: the published code leaves them alone.
    """
    if isinstance(module, (nn.Conv2d, nn.Conv3d, nn.ConvTranspose2d, nn.ConvTranspose3d)):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, (nn.BatchNorm2d, nn.BatchNorm3d)):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)
