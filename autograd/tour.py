"""The guided tour: a question, a network that learns, and the answer inside that network.

It prints the founding example, trains a small convolutional network on real handwritten digits,
and takes one test digit apart: who sent the gradient of one pooled neuron, and which cell of the
window behind it won. Every number is read from the recorded graph.
"""

from __future__ import annotations

import tempfile
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

import nn
from autograd import Tensor, errors, matmul, no_grad, paused_gc
from autograd.viz import ledger
from nn.datasets import digits, train_test_split

BATCH = 32
RATE = 0.005
SHADES = " .:-=+*#%@"


def tour(
    *, seed: int = 0, epochs: int = 20, quiet: bool = False, output: Path | None = None
) -> float:
    """Take the tour; returns the accuracy on the held-out digits, from 0 to 1.

    Args:
        seed: of the split, the initial weights and the order of the batches.
        epochs: passes over the training digits.
        quiet: no progress bar.
        output: a folder to write the text to as well, as `tour.txt`.

    Raises:
        OutputError: if `output` is not a folder that can be written to; before any training.
    """
    if output is not None:
        _writable(output)
    page = Page()
    founding_example(page)
    network, accuracy, held_out = learn(page, seed, epochs, quiet)
    one_digit(page, network, *held_out)
    if output is not None:
        path = output / "tour.txt"
        path.write_text(page.text, encoding="utf-8")
        print(f"Written to {path}")
    return accuracy


class Page:
    """Prints, and keeps what it printed."""

    def __init__(self) -> None:
        self.text = ""

    def __call__(self, text: str = "") -> None:
        print(text)
        self.text += text + "\n"

    def title(self, text: str) -> None:
        self(f"\n{text}\n{'-' * len(text)}\n")


# --- the question ---------------------------------------------------------------------------------


def founding_example(page: Page) -> None:
    """Upstream 2, 3 and 6 come together as 2.5 and 7."""
    page.title("1  The question")
    page("Two pooled values, P = (1, 2). Three neurons read them, with the weights")
    page("  FC[0]: 0.5 and -1    FC[1]: 1 and 2    FC[2]: -0.25 and 0.5")
    page("The gradients 2, 3 and 6 arrive at the three neurons.")
    page("How do they come together at each pooled value: add? multiply? the same for both?\n")
    P = Tensor([1.0, 2.0], requires_grad=True, name="P")
    fc = matmul(Tensor([[0.5, -1.0], [1.0, 2.0], [-0.25, 0.5]]), P)
    fc.name = "FC"
    fc.backward([2.0, 3.0, 6.0])
    for j in range(2):
        page(f"The gradient of P[{j}] is {P.grad[j]:g}:")
        page(textwrap.indent(str(ledger(fc, P, (j,))), "  ") + "\n")
    page("Multiply along each path, add over the paths. Different weights, different sums.")


# --- a network that learns ------------------------------------------------------------------------


def build(generator: np.random.Generator) -> nn.Sequential:
    """Convolution, ReLU, max-pooling, fully connected: 8x8 images in, 10 classes out."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1, generator=generator),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * 4 * 4, 10, generator=generator),
    )


def learn(
    page: Page, seed: int, epochs: int, quiet: bool
) -> tuple[nn.Sequential, float, tuple[Any, Any]]:
    """Train on four fifths of the digits; returns the network, its accuracy and the other fifth."""
    generator = np.random.default_rng(seed)
    images, test_images, labels, test_labels = train_test_split(
        *digits(channel=True), generator=generator
    )
    network = build(generator)
    page.title("2  A network that learns")
    page(f"Training on {len(images):,} real handwritten digits, {len(test_images)} are held out.")
    page("3x3 convolution, 32 maps -> ReLU -> 2x2 max-pooling -> fully connected, 10 classes")
    started = time.perf_counter()
    train_network(network, images, labels, generator, epochs, quiet)
    seconds = time.perf_counter() - started
    accuracy = accuracy_of(network, test_images, test_labels)
    page(f"{epochs} passes in {seconds:.1f} s: {accuracy:.1%} of the held-out digits are right.")
    return network, accuracy, (test_images, test_labels)


def train_network(
    network: nn.Sequential,
    images: Any,
    labels: Any,
    generator: np.random.Generator,
    epochs: int,
    quiet: bool,
) -> None:
    """Adam on cross entropy, in shuffled batches."""
    optimiser = nn.optim.Adam(network.parameters(), lr=RATE)
    loss_of = nn.CrossEntropyLoss()
    with paused_gc(), tqdm(total=epochs * len(images), unit="digit", disable=quiet) as bar:
        for epoch in range(epochs):
            bar.set_description(f"pass {epoch + 1} of {epochs}")
            order = generator.permutation(len(images))
            for start in range(0, len(order), BATCH):
                batch = order[start : start + BATCH]
                loss = loss_of(network(images[batch]), labels[batch])
                optimiser.zero_grad()
                loss.backward(free=True)
                optimiser.step()
                bar.update(len(batch))
                bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)


def accuracy_of(network: nn.Sequential, images: Any, labels: Any) -> float:
    """The share of images whose largest score is at their label."""
    with no_grad():
        return float(np.mean(network(images).argmax(axis=1) == labels))


# --- the answer inside that network ---------------------------------------------------------------


@dataclass
class Recorded:
    """One digit's way through the network, every stage a node of one graph."""

    feature_map: Tensor
    pooled: Tensor
    scores: Tensor
    loss: Tensor


def record(network: nn.Sequential, image: Any, label: int) -> Recorded:
    """Run one image forward and backward, keeping the stages."""
    convolution, relu, pooling, flatten, linear = network
    feature_map = relu(convolution(image[None]))
    pooled = pooling(feature_map)
    scores = linear(flatten(pooled))
    loss = nn.CrossEntropyLoss()(scores, [label])
    loss.backward()
    return Recorded(feature_map, pooled, scores, loss)


def one_digit(page: Page, network: nn.Sequential, images: Any, labels: Any) -> None:
    """The ledger of one pooled neuron, and the window behind it."""
    page.title("3  One digit, one pooled neuron")
    hardest = int(losses_of(network, images, labels).argmax())
    image, label = images[hardest], int(labels[hardest])
    stages = record(network, image, label)
    cell = pick(stages)
    guess = int(stages.scores.data.argmax())
    page(picture(image[0]))
    page(
        f"\nOf the held-out digits, the network finds this one hardest. It is a {label}, the "
        f"network\nsays {guess}. The loss is {stages.loss.item():.4f}."
    )
    if cell is None:
        page("No pooled neuron got a gradient from it; train for more passes.")
        return
    _, channel, row, column = cell
    page(
        f"\nTake the pooled neuron in map {channel}, row {row}, column {column}. It holds "
        f"{stages.pooled.data[cell]:.4f}, its gradient is {stages.pooled.grad[cell]:.5g}.\n"
        "Ten neurons read it. Each sends its upstream gradient times its weight:\n"
    )
    book = ledger(stages.loss, stages.pooled, cell)
    page(textwrap.indent(book.text(lambda row: f"neuron for {row.cell[1]}"), "  "))
    page(
        "\nThe sum is the gradient. Behind the neuron lies a window of 2x2 cells:\n\n"
        "    values                      gradients\n"
    )
    page(window(stages, cell))


def losses_of(network: nn.Sequential, images: Any, labels: Any) -> Any:
    """The cross entropy of each image."""
    with no_grad():
        return nn.CrossEntropyLoss(reduction="none")(network(images), labels).numpy()


def pick(stages: Recorded) -> tuple[int, ...] | None:
    """The pooled cell with the largest gradient whose window has one clear winner.

    Rather one where the losers are not 0 themselves: there is more to see.
    """
    pooled, grads = stages.pooled.data, np.abs(stages.pooled.grad)
    clear = []
    for flat in np.argsort(-grads, axis=None, kind="stable"):
        cell = tuple(int(i) for i in np.unravel_index(flat, pooled.shape))
        cells = behind(stages.feature_map.data, cell)
        if grads[cell] > 0 and pooled[cell] > 0 and (cells == pooled[cell]).sum() == 1:
            clear.append(cell)
            if cells.min() > 0:
                return cell
    return clear[0] if clear else None


def behind(array: Any, cell: tuple[int, ...]) -> Any:
    """The 2x2 window that a pooled cell looks at."""
    n, channel, row, column = cell
    return array[n, channel, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]


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


def _writable(folder: Path) -> None:
    """Raise unless a file can be made in `folder`; asking is not enough, permissions lie."""
    if not folder.is_dir():
        raise errors.no_folder(folder)
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        raise errors.read_only_folder(folder) from None
