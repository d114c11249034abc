"""Pictures of training and of what was learned. Needs the extra `plots` (matplotlib).

matplotlib is imported when a picture is drawn, not before. Every function draws into the axes it
is given or into a figure of its own, and returns the axes (`ax.figure.savefig("x.png")` writes
it). Make figures of your own with layout="constrained", so that nothing is cut off.

Nothing is shown on the screen by itself, and nothing is said by colour alone.
"""

from nn.plots.behaviour import dead_shares, dead_units, decision_boundary
from nn.plots.curves import StepRecorder, gradient_sizes, history, update_ratios
from nn.plots.images import feature_maps, kernels
from nn.plots.style import PALETTE
from nn.plots.surfaces import loss_slices, optimiser_paths

__all__ = [
    "PALETTE",
    "StepRecorder",
    "dead_shares",
    "dead_units",
    "decision_boundary",
    "feature_maps",
    "gradient_sizes",
    "history",
    "kernels",
    "loss_slices",
    "optimiser_paths",
    "update_ratios",
]
