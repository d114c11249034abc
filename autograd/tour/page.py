"""The tour as a page: the question in the stepper, then the answer inside a trained network.

Everything stands in one file: no script but the steppers', nothing from anywhere else. Without
scripts the pictures and the tables remain. The numbers are read from the recorded graphs.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import numpy as np

import autograd as ag
import nn
from autograd import Tensor, Value
from autograd.tour.network import Learned, Recorded, behind, pick
from autograd.tour.pictures import loss_curve, map_picture
from autograd.viz import step, why
from autograd.viz.numbers import number, pretty, signed
from autograd.viz.stepper.page import document

STYLE = Path(__file__).parent / "page.css"
TITLE = "Who gets the gradient?"
INPUTS = (0.5, 1.0, -2.0, 0.0, -1.0, 2.0, 0.0, 1.5)
WEIGHTS = ((0.5, -1.0), (1.0, 2.0), (-0.25, 0.5))
FROM_ABOVE = (2.0, 3.0, 6.0)
Cell = tuple[int, ...]


def page(learned: Learned, trained_on: int, stages: Recorded) -> str:
    """The whole page."""
    cell = pick(stages)
    parts = [
        contents(cell is not None),
        question(),
        network(learned, trained_on),
        one_digit(stages),
        all_maps(stages, cell),
    ]
    if cell is not None:
        parts += [one_neuron(stages, cell), one_map(learned, stages, cell)]
    parts.append(your_own())
    return document(TITLE, "\n".join(parts), "auto", STYLE.read_text(encoding="utf-8"))


def contents(all_of_it: bool) -> str:
    """What the page is, and what is on it."""
    titles = [
        ("question", "The question, step by step"),
        ("network", "A network that learns"),
        ("digit", "One digit"),
        ("maps", "Where its gradient goes"),
    ]
    if all_of_it:
        titles += [("neuron", "One pooled neuron"), ("map", "One map, step by step")]
    titles.append(("yours", "Your own graph"))
    listed = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title in titles)
    return (
        '<p class="lead">A gradient is a sum. Here you see what was added, who sent it, and why '
        "some of it is zero: first on eight numbers, then inside a network that has learned to "
        "read handwritten digits. Every number was read from a recorded graph.</p>"
        f'<nav aria-label="On this page"><ol>{listed}</ol></nav>'
    )


def section(name: str, title: str, *parts: str) -> str:
    return f'<section id="{name}"><h2>{title}</h2>\n' + "\n".join(parts) + "</section>"


def paragraph(text: str, kind: str = "") -> str:
    return f'<p class="{kind}">{text}</p>' if kind else f"<p>{text}</p>"


# --- the question ---------------------------------------------------------------------------------


def founding_graph() -> tuple[Value, dict[str, Value]]:
    """Eight numbers, two windows of four, three neurons at which 2, 3 and 6 arrive."""
    xs = [Value(x) for x in INPUTS]
    pooled = [ag.max(*xs[:4]), ag.max(*xs[4:])]
    neurons = [ag.dot(row, pooled) for row in WEIGHTS]
    root = ag.dot(FROM_ABOVE, neurons)
    names = {f"x{i}": x for i, x in enumerate(xs, 1)} | {"p1": pooled[0], "p2": pooled[1]}
    return root, names | {f"h{i}": h for i, h in enumerate(neurons, 1)} | {"L": root}


def question() -> str:
    """The founding example in the stepper."""
    root, names = founding_graph()
    return section(
        "question",
        "The question, step by step",
        paragraph(
            "Eight numbers lie in two windows of four. Max-pooling keeps the largest of each: "
            "<b>p1</b> and <b>p2</b>. Three neurons, <b>h1</b>, <b>h2</b> and <b>h3</b>, read "
            "both. The gradients 2, 3 and 6 arrive at the neurons. How do they come together at "
            "p1 and p2: do we add, do we multiply, do both get the same?"
        ),
        paragraph(
            "Step forward and back with the buttons, or with the arrow keys once the box has "
            "the focus. Press Enter on a value to ask why.",
            "note",
        ),
        step(root, names=names).html,
        "<details><summary>The answer in four sentences</summary>"
        + paragraph(
            f"{_sum(root, names, 'p1')} {_sum(root, names, 'p2')} Multiply along each path, add "
            "over the paths; the weights differ, so the sums differ. In each window the winner "
            "gets all of it, and the others get 0: a small nudge to them changes nothing."
        )
        + "</details>",
    )


def _sum(root: Value, names: dict[str, Value], name: str) -> str:
    found = why(names[name], root=root, names=names)
    first, *rest = (pretty(number(abs(row.amount))) for row in found.rows)
    signs = ["\N{MINUS SIGN}" if row.amount < 0 else "+" for row in found.rows]
    start = "\N{MINUS SIGN}" * (signs[0] != "+") + first
    addends = " ".join([start, *(f"{s} {x}" for s, x in zip(signs[1:], rest, strict=True))])
    return f"<b>{name}</b> gets {pretty(number(float(found.total)))} = {addends}."


# --- the network ----------------------------------------------------------------------------------


def network(learned: Learned, trained_on: int) -> str:
    """What was trained, on what, and how well."""
    parameters = sum(p.size for p in learned.network.parameters())
    return section(
        "network",
        "A network that learns",
        paragraph(
            f"{trained_on:,} real handwritten digits of 8 by 8 pixels to learn from, "
            f"{len(learned.images)} held out. A 3 by 3 convolution makes 32 maps, ReLU cuts off "
            "what is below 0, max-pooling keeps the largest of every 2 by 2 window, and ten "
            f"neurons, one for each digit, read what is left. {parameters:,} parameters."
        ),
        f"<figure>{loss_curve(learned.losses)}<figcaption>The mean loss of each pass over the "
        "digits.</figcaption></figure>",
        paragraph(
            f"After {len(learned.losses)} passes <b>{learned.accuracy:.1%}</b> of the held-out "
            "digits are right."
        ),
    )


# --- one digit ------------------------------------------------------------------------------------


def one_digit(stages: Recorded) -> str:
    """The digit, what the network makes of it, and the gradient at each score."""
    scores, grads = stages.scores.data[0], stages.scores.grad[0]
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    guess = int(scores.argmax())
    says = f"It is a {stages.label}, the network says {guess}."
    if guess == stages.label:
        says = f"It is a {stages.label}, and the network says so, but not with certainty."
    rows = "".join(
        f'<tr><th scope="row">{d}{_tags(d, stages.label, guess)}</th>'
        f'<td class="bar"><i style="width:{100 * shares[d]:.1f}%"></i></td>'
        f"<td>{_percent(shares[d])}</td><td>{pretty(signed(float(grads[d]), 3))}</td></tr>"
        for d in range(10)
    )
    return section(
        "digit",
        "One digit",
        paragraph(
            f"Of the held-out digits the network finds this one hardest. {says} The loss is "
            f"{number(stages.loss.item(), 4)}."
        ),
        '<div class="side"><figure class="digit">'
        + map_picture(stages.image, f"The digit, a {stages.label}", kind="ink")
        + "<figcaption>8 by 8 pixels</figcaption></figure>"
        '<table class="scores"><tr><th scope="col">digit</th><th scope="col" colspan="2">'
        f'probability</th><th scope="col">gradient</th></tr>{rows}</table></div>',
        paragraph(
            "This is where the backward pass starts. A score's gradient is its probability, and "
            "for the right digit 1 less. So it is negative there: a higher score would lower the "
            "loss. At every other digit it would raise it."
        ),
    )


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.0005 else "&lt; 0.1%"


def _tags(digit: int, label: int, guess: int) -> str:
    tags = [("right", digit == label), ("guess", digit == guess)]
    return "".join(f'<span class="tag">{word}</span>' for word, there in tags if there)


# --- all maps -------------------------------------------------------------------------------------


def all_maps(stages: Recorded, cell: Cell | None) -> str:
    """Each pooled map with the gradient that it got."""
    values, grads = stages.pooled.data[0], stages.pooled.grad[0]
    most, largest = float(values.max()), float(np.abs(grads).max())
    items = []
    for k, (value, grad) in enumerate(zip(values, grads, strict=True)):
        picked = cell is not None and cell[1] == k
        pair = map_picture(value, f"Map {k}: pooled values", most=most) + map_picture(
            grad, f"Map {k}: gradient", signs=True, most=largest
        )
        kind, mark = (' class="picked"', ", picked") if picked else ("", "")
        items.append(f'<li{kind}>map {k}{mark}<div class="pair">{pair}</div></li>')
    return section(
        "maps",
        "Where its gradient goes",
        paragraph(
            "Pooling leaves 32 maps of 4 by 4 neurons. Left of each pair: what they hold. Right: "
            "the gradient that came back to them. Plus: a little more of this neuron would raise "
            "the loss. Minus: it would lower it. The stronger the tint, the more."
        ),
        f'<ul class="maps">{"".join(items)}</ul>',
    )


# --- one neuron -----------------------------------------------------------------------------------


def one_neuron(stages: Recorded, cell: Cell) -> str:
    """One map from the feature map to its gradient; the ledger of one neuron; its window."""
    _, k, row, column = cell
    values, grads = stages.feature_map.data[0, k], stages.feature_map.grad[0, k]
    pooled, pooled_grads = stages.pooled.data[0, k], stages.pooled.grad[0, k]
    winners = _winners(values, pooled)
    frame = (2 * row, 2 * column, 2)
    small = (row, column, 1)
    pictures = (
        ("Feature map; a dot at each winner", map_picture(
            values, f"Feature map {k}", winners=winners, window=frame)),
        ("Pooled: the winners", map_picture(pooled, f"Pooled map {k}", window=small)),
        ("Gradient of the pooled map", map_picture(
            pooled_grads, f"Gradient of pooled map {k}", signs=True, window=small)),
        ("Gradient of the feature map: only winners get any", map_picture(
            grads, f"Gradient of feature map {k}", signs=True, window=frame)),
    )  # fmt: skip
    listed = "".join(f"<li>{picture}<span>{title}</span></li>" for title, picture in pictures)
    names = {"score": stages.scores, "pooled": stages.pooled, "loss": stages.loss}
    book = why(stages.pooled, cell, root=stages.loss, names=names)
    return section(
        "neuron",
        "One pooled neuron",
        paragraph(
            f"Take the neuron in map {k}, row {row}, column {column}: the framed cell. It holds "
            f"{number(float(pooled[row, column]), 4)}."
        ),
        f'<ol class="steps">{listed}</ol>',
        "<h3>Who sent its gradient</h3>",
        paragraph(
            "Ten neurons read it, one for each digit: score[0, 3] is that for a 3. Each sends the "
            "gradient at its score times the weight between the two. Added up, that is the "
            "gradient."
        ),
        f'<div class="wide" role="region" aria-label="The ledger" tabindex="0">'
        f"{book._repr_html_()}</div>",
        "<h3>Who gets it</h3>",
        reasons(stages, cell),
    )


def _winners(values: Any, pooled: Any) -> list[tuple[int, int]]:
    """The first largest cell of each window, where it is above 0 and so has a gradient."""
    found = []
    for i, j in np.ndindex(pooled.shape):
        window = values[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        r, c = np.unravel_index(window.argmax(), window.shape)
        if pooled[i, j] > 0:
            found.append((2 * i + int(r), 2 * j + int(c)))
    return found


def reasons(stages: Recorded, cell: Cell) -> str:
    """The four cells of the window: what each holds, what it got, and why."""
    values, grads = behind(stages.feature_map.data, cell), behind(stages.feature_map.grad, cell)
    best = values.max()
    won = False
    rows = []
    for (r, c), value in np.ndenumerate(values):
        reason = f"lost by {number(float(best - value), 4)}: a nudge changes nothing"
        if value == best and not won:
            won, reason = True, "won: its value is the pooled value, the gradient is its own"
        rows.append(
            f'<tr><th scope="row">({2 * cell[2] + r}, {2 * cell[3] + c})</th>'
            f"<td>{pretty(number(float(value), 4))}</td>"
            f"<td>{pretty(signed(float(grads[r, c]), 4))}</td><td>{reason}</td></tr>"
        )
    heads = "".join(f'<th scope="col">{h}</th>' for h in ("cell", "value", "gradient", "why"))
    return f'<table class="reasons"><tr>{heads}</tr>{"".join(rows)}</table>'


# --- one map in the stepper -----------------------------------------------------------------------


def map_graph(learned: Learned, stages: Recorded, k: int) -> tuple[Tensor, dict[str, Tensor]]:
    """Map k alone, from the image to the loss; what the other maps add to the scores is constant.

    Values and gradients are those of the whole network.
    """
    layers: list[Any] = list(learned.network)
    convolution, linear = layers[0], layers[-1]
    kernel = Tensor(convolution.weight.data[k : k + 1], requires_grad=True)
    bias = Tensor(convolution.bias.data[k : k + 1], requires_grad=True)
    image = Tensor(stages.image[None, None], requires_grad=True)
    feature_map = ag.relu(ag.conv2d(image, kernel, bias, padding=1))
    pooled = ag.max_pool2d(feature_map, kernel_size=2)
    weights = Tensor(linear.weight.data[:, 16 * k : 16 * k + 16], requires_grad=True)
    mine = ag.matmul(weights, pooled.reshape(16))
    scores = mine + Tensor(stages.scores.data[0] - mine.data)
    loss = nn.functional.cross_entropy(scores.reshape(1, 10), [stages.label])
    names = {
        "image": image, "kernel": kernel, "bias": bias, "map": feature_map, "pooled": pooled,
        "weights": weights, "from this map": mine, "scores": scores, "loss": loss,
    }  # fmt: skip
    return loss, names


def one_map(learned: Learned, stages: Recorded, cell: Cell) -> str:
    """The picked map in the stepper."""
    loss, names = map_graph(learned, stages, cell[1])
    learns = [names["kernel"], names["bias"], names["weights"]]
    return section(
        "map",
        "One map, step by step",
        paragraph(
            f"Map {cell[1]} alone, with the same numbers: from the image through its kernel, "
            "ReLU and pooling to the ten scores. What the other maps add to the scores is a "
            "constant here. Open an array to see its cells and who reads them."
        ),
        step(loss, names=names, parameters=learns).html,
    )


# --- the reader's own -----------------------------------------------------------------------------

EXAMPLE = """# mine.py
from autograd import Value, maximum

def loss():
    a, b, w = Value(2.0), Value(3.0), Value(-1.5)
    winner = maximum(a, b)
    return (winner * w + 1.0) ** 2
"""


def your_own() -> str:
    """How to go on."""
    return section(
        "yours",
        "Your own graph",
        paragraph("Write a function that returns the value to start from, and step through it:"),
        f"<pre>{escape(EXAMPLE)}</pre>",
        "<pre>glassgrad step mine.py:loss --open</pre>",
        paragraph(
            "In a notebook, <code>step(loss)</code> does the same, <code>why(x)</code> takes one "
            "gradient apart, and <code>draw(loss)</code> is the picture. They are in "
            "<code>autograd.viz</code>."
        ),
    )
