"""How all pictures look: one palette, one size of type, and the way to matplotlib."""

from __future__ import annotations

import importlib
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nn import errors

Size = tuple[float, float]

# Okabe and Ito's colours, which people with any kind of colour vision can tell apart
# ("Color Universal Design", 2008); dark ones first, since lines are thin.
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
DASHES = ("-", "--", ":", "-.")
MARKERS = ("o", "^", "s", "D", "v", "P", "X")
GREY = "#595959"
SIGNED = "PuOr_r"  # colours of numbers with two signs: orange above 0, purple below, white at 0
SIZES = "viridis"  # colours of numbers with one sign

SETTINGS = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.labelsize": 9,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10,
    "font.size": 9,
    "grid.alpha": 0.3,
    "legend.fontsize": 8,
    "legend.framealpha": 0.85,
    "lines.linewidth": 1.5,
    "lines.markersize": 4,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
}


@contextmanager
def drawing() -> Iterator[Any]:
    """matplotlib's pyplot, with our settings in force.

    Raises:
        MissingExtraError: if matplotlib is not installed.
    """
    try:
        plt = importlib.import_module("matplotlib.pyplot")
    except ImportError as error:
        raise errors.missing_extra("nn.plots", "matplotlib", "plots") from error
    with plt.rc_context(SETTINGS):
        yield plt


def axes(plt: Any, ax: Any, size: Size) -> Any:
    """`ax`, or the axes of a new figure of that size in inches."""
    if ax is not None:
        return ax
    return plt.subplots(figsize=size, layout="constrained")[1]


def line(i: int) -> dict[str, Any]:
    """Colour and dashes of the i-th line: both differ from those of its neighbours."""
    return {"color": PALETTE[i % len(PALETTE)], "linestyle": DASHES[i % len(DASHES)]}


def marker(i: int) -> dict[str, Any]:
    """Colour and shape of the i-th kind of point."""
    return {"color": PALETTE[i % len(PALETTE)], "marker": MARKERS[i % len(MARKERS)]}


def legend(ax: Any) -> None:
    """A legend inside if it is short; below the axes where it would cover what it explains."""
    if len(ax.get_legend_handles_labels()[0]) <= 3:
        ax.legend()
    else:
        legend_below(ax)


def legend_below(ax: Any, title: str | None = None) -> None:
    """A legend below the axis label, in as many columns as fit.

    Only a figure with a layout of its own makes room for it; else it goes inside.
    """
    if ax.figure.get_layout_engine() is None:
        ax.legend(title=title)
        return
    labels = ax.get_legend_handles_labels()[1]
    column = 0.065 * max(map(len, labels), default=0) + 0.5  # inches, at 8 points
    transforms = importlib.import_module("matplotlib.transforms")
    down = transforms.ScaledTranslation(0, -0.45, ax.figure.dpi_scale_trans)
    ax.legend(
        title=title,
        ncols=max(1, min(3, int(width(ax) / column))),
        loc="upper left",
        bbox_to_anchor=(0.0, 0.0),
        bbox_transform=ax.transAxes + down,
        borderaxespad=0.0,
        frameon=False,
        alignment="left",
    )


def title(ax: Any, text: str) -> None:
    """A title over the axes, in as many lines as it takes."""
    ax.set_title(wrapped(ax, text, per_inch=12))


def wrapped(ax: Any, text: str, per_inch: int) -> str:
    """`text` in lines that fit the width of the axes, at so many letters an inch."""
    return textwrap.fill(text, max(20, int(per_inch * width(ax))))


def width(ax: Any) -> float:
    """About how wide the axes will be, in inches: the layout is made when all is drawn."""
    whole: float = ax.figure.bbox.width / ax.figure.dpi
    columns = ax.get_subplotspec().get_gridspec().ncols if ax.get_subplotspec() else 1
    return max(whole / columns - 0.8, 0.5)


def whole_ticks(axis: Any) -> None:
    """Ticks at whole numbers only: there is no epoch 2.5."""
    ticker = importlib.import_module("matplotlib.ticker")
    axis.set_major_locator(ticker.MaxNLocator(nbins="auto", integer=True))
