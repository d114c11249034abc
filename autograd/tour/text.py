"""The tour as text: it prints, and keeps what it printed."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

from autograd import Tensor, matmul
from autograd.tour.network import Learned, Recorded, Split, behind, pick
from autograd.viz import ledger

SHADES = " .:-=+*#%@"


class Paper:
    """Prints, and keeps what it printed."""

    def __init__(self) -> None:
        self.text = ""

    def __call__(self, text: str = "") -> None:
        print(text)
        self.text += text + "\n"

    def title(self, text: str) -> None:
        self(f"\n{text}\n{'-' * len(text)}\n")


# --- the question ---------------------------------------------------------------------------------


def founding_example(paper: Paper) -> None:
    """Upstream 2, 3 and 6 come together as 2.5 and 7."""
    paper.title("1  The question")
    paper("Two pooled values, P = (1, 2). Three neurons read them, with the weights")
    paper("  FC[0]: 0.5 and -1    FC[1]: 1 and 2    FC[2]: -0.25 and 0.5")
    paper("The gradients 2, 3 and 6 arrive at the three neurons.")
    paper("How do they come together at each pooled value: add? multiply? the same for both?\n")
    P = Tensor([1.0, 2.0], requires_grad=True, name="P")
    fc = matmul(Tensor([[0.5, -1.0], [1.0, 2.0], [-0.25, 0.5]]), P)
    fc.name = "FC"
    fc.backward([2.0, 3.0, 6.0])
    for j in range(2):
        paper(f"The gradient of P[{j}] is {P.grad[j]:g}:")
        paper(textwrap.indent(str(ledger(fc, P, (j,))), "  ") + "\n")
    paper("Multiply along each path, add over the paths. Different weights, different sums.")


# --- a network that learns ------------------------------------------------------------------------


def before_learning(paper: Paper, parts: Split) -> None:
    """What is about to be trained, on what."""
    paper.title("2  A network that learns")
    count, held_out = len(parts.images), len(parts.others)
    paper(f"Training on {count:,} real handwritten digits, {held_out} are held out.")
    paper("3x3 convolution, 32 maps -> ReLU -> 2x2 max-pooling -> fully connected, 10 classes")


def after_learning(paper: Paper, learned: Learned, seconds: float) -> None:
    """How well it went."""
    paper(
        f"{len(learned.losses)} passes in {seconds:.1f} s: {learned.accuracy:.1%} of the held-out "
        "digits are right."
    )


# --- the answer inside that network ---------------------------------------------------------------


def one_digit(paper: Paper, stages: Recorded) -> None:
    """The ledger of one pooled neuron, and the window behind it."""
    paper.title("3  One digit, one pooled neuron")
    cell = pick(stages)
    guess = int(stages.scores.data.argmax())
    paper(picture(stages.image))
    paper(
        f"\nOf the held-out digits, the network finds this one hardest. It is a {stages.label}, "
        f"the network\nsays {guess}. The loss is {stages.loss.item():.4f}."
    )
    if cell is None:
        paper("No pooled neuron got a gradient from it; train for more passes.")
        return
    _, channel, row, column = cell
    paper(
        f"\nTake the pooled neuron in map {channel}, row {row}, column {column}. It holds "
        f"{stages.pooled.data[cell]:.4f}, its gradient is {stages.pooled.grad[cell]:.5g}.\n"
        "Ten neurons read it. Each sends its upstream gradient times its weight:\n"
    )
    book = ledger(stages.loss, stages.pooled, cell)
    paper(textwrap.indent(book.text(lambda row: f"neuron for {row.cell[1]}"), "  "))
    paper(
        "\nThe sum is the gradient. Behind the neuron lies a window of 2x2 cells:\n\n"
        "    values                      gradients\n"
    )
    paper(window(stages, cell))


def window(stages: Recorded, cell: tuple[int, ...]) -> str:
    """The window in numbers, the winner in brackets, and why the others got nothing."""
    values, grads = behind(stages.feature_map.data, cell), behind(stages.feature_map.grad, cell)
    best = np.unravel_index(values.argmax(), values.shape)

    def mark(r: int, c: int) -> str:
        number = f"{values[r, c]:.4f}"
        return f"[{number}]" if (r, c) == best else f" {number} "

    lines = [
        "  ".join(f"{mark(r, c):>10}" for c in (0, 1))
        + "    |  "
        + "  ".join(f"{grads[r, c]:>10.5g}" for c in (0, 1))
        for r in (0, 1)
    ]
    lines.append(
        f"\n[{values[best]:.4f}] won: the pooled value is its value, the gradient its gradient."
    )
    for r, c in np.ndindex(2, 2):
        if (r, c) != best:
            lines.append(
                f" {values[r, c]:.4f}  gets 0: it lost by {values[best] - values[r, c]:.4f}, "
                "so a little more or less of it changes nothing."
            )
    return "\n".join(lines)


def picture(image: Any) -> str:
    """A greyscale image from 0 to 1 in characters, two per cell to look square."""
    levels = np.clip(np.round(image * (len(SHADES) - 1)).astype(int), 0, len(SHADES) - 1)
    return "\n".join("  " + "".join(SHADES[level] * 2 for level in row) for row in levels)
