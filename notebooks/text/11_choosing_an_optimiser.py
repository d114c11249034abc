# %% [markdown]
# # 11 Choosing an optimiser
#
# SGD, momentum, AdaGrad, RMSProp, AdaDelta, Adam: is there a principled way to choose one of
# them, or does everybody just try?
#
# About 20 minutes.
#
# **Afterwards you can say** what each of them does with a gradient, why one of them leaps in its
# very first step, what "good for sparse data" means in numbers, and how to choose on your own
# problem.

# %%
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

import nn
from autograd import Tensor, Value
from autograd.viz import check, draw
from nn.optim import SGD, Adadelta, Adagrad, Adam, RMSprop, SparseAdam
from nn.optim.problems import movement, sparse_stream

# %% [markdown]
# ## What an optimiser is given
#
# Here is a loss of two weights, both at 1. Nudge the first by 0.001, and the loss rises by 0.001.
# Nudge the second by as much, and it rises by 0.025. Picture a ravine: gentle along, steep across.
#
# Predict: what gradient does the steep weight get?

# %%
guess = None  # put your number here

gentle, steep = Value(1.0), Value(1.0)
loss = 0.5 * (gentle * gentle + 25 * (steep * steep))
loss.backward()
check(guess, steep)
assert (gentle.grad, steep.grad) == (1, 25)
draw(loss)

# %% [markdown]
# **1 and 25**: an optimiser never sees more than such numbers. The rules differ only in what they
# do with them.
#
# | rule | remembers | moves a weight by |
# |---|---|---|
# | SGD | nothing | rate × gradient |
# | momentum | a speed that fades | rate × speed |
# | Nesterov | the same | rate × speed, one step ahead |
# | AdaGrad | the sum of all squares | rate × gradient / root of it |
# | RMSProp | a fading mean of squares | rate × gradient / root of it |
# | AdaDelta | the same, and its own steps | own steps × gradient / root of it |
# | Adam | a speed, a fading mean of squares | rate × speed / root of it |

# %% [markdown]
# ## Three steps each
#
# Everyone starts at (1, 1) in the ravine and takes three steps, by the usual loop: clear, forward,
# backward, step. The rate is 0.1 and the gradient of the steep weight 25.
#
# Predict: where is the steep weight after the *first* step of SGD?


# %%
def ravine(w):
    return 0.5 * (w[0] ** 2 + 25 * w[1] ** 2)


def walk(rule, loss, steps, start=(1.0, 1.0)):
    w = Tensor(start, requires_grad=True)
    optimiser, path = rule([w]), [w.numpy()]
    for _ in range(steps):
        optimiser.zero_grad()
        loss(w).backward()
        optimiser.step()
        path.append(w.numpy())
    return np.array(path)


# %%
guess = None  # put your number here

rules = {
    "SGD": partial(SGD, lr=0.1),
    "momentum": partial(SGD, lr=0.1, momentum=0.9),
    "Nesterov": partial(SGD, lr=0.1, momentum=0.9, nesterov=True),
    "AdaGrad": partial(Adagrad, lr=0.1),
    "RMSProp": partial(RMSprop, lr=0.1),
    "AdaDelta": partial(Adadelta, lr=1.0),
    "Adam": partial(Adam, lr=0.1),
}
walks = {name: walk(rule, ravine, 3)[1:] for name, rule in rules.items()}
print("your guess:", guess, "  (gentle, steep) after one, two, three steps:")
for name, path in walks.items():
    print(f"{name:9}", *[f"({a:9.3g}, {b:9.3g})" for a, b in path])

# %% [markdown]
# Watch the second number of each pair, the steep weight.
#
# - **SGD** leaps over the floor, 1, -1.5, 2.25, -3.375, and climbs.
# - **Momentum** brakes: old speed and new gradient pull against each other.
# - **Nesterov** is thrown out at this rate.
# - The other four divide by the size of the gradient, so both weights move alike.
#
# To compare with a program of your own, here are all of them with all their digits:

# %%
assert np.allclose(walks["SGD"], [[0.9, -1.5], [0.81, 2.25], [0.729, -3.375]])
assert np.allclose(walks["momentum"], [[0.9, -1.5], [0.72, 0], [0.486, 1.35]])
assert np.allclose(walks["Nesterov"], [[0.81, -3.75], [0.5751, 12.0375], [0.327321, -39.369375]])
assert np.allclose(
    [walks[name].ravel() for name in ("AdaGrad", "AdaDelta", "Adam")],
    [
        [0.90000000001, 0.9000000000004, 0.8331035268523, 0.8331035268383,
         0.7804561813655, 0.7804561813488],
        [0.9968377381511, 0.9968377223651, 0.9935981984077, 0.9935981660204,
         0.9903090828008, 0.9903090333563],
        [0.900000001, 0.90000000004, 0.8004122297123, 0.8004122277529,
         0.7015862745044, 0.7015862715123],
    ], rtol=1e-12,
)  # fmt: skip
assert np.allclose(
    walks["RMSProp"].ravel(),
    [9.999999e-8, 4.0000003e-9, -5.0377138e-10, -2.0151247e-11, 5.0885484e-12, 2.0354786e-13],
    rtol=1e-6, atol=0,
)  # fmt: skip

# %% [markdown]
# ## The first step
#
# RMSProp reached the floor in one step, while AdaDelta hardly moved. Why?
#
# Three weights get gradients of 0.001, 1 and 1,000. We measure each rule's first step in *rates*.
# SGD's is easy: 0.001, 1 and 1,000 rates. Predict Adam's for the gradient of 1,000.

# %%
guess = None  # put your number here

gradients = np.array([[0.001, 1.0, 1000.0]])
names = ("SGD", "AdaGrad", "RMSProp", "AdaDelta", "Adam")
first = {name: movement(rules[name], gradients) / 0.1 for name in names}
first["AdaDelta"] /= 10  # its rate was 1, not 0.1
print("your guess:", guess)
print(f"{'gradient':9}", *[f"{g:10g}" for g in gradients[0]])
for name, rates in first.items():
    print(f"{name:9}", *[f"{x:10.4g}" for x in rates])
assert np.allclose(first["RMSProp"], 10, rtol=2e-4)
assert np.allclose([first["AdaGrad"], first["Adam"]], 1, rtol=2e-5)

# %% [markdown]
# **AdaGrad's and Adam's first step is one rate, whatever the gradient's size.**
#
# **RMSProp's is ten rates.** Its fading mean starts at 0 and takes in only 1 % of the first
# square. The root of 1 % is a tenth, and dividing by a tenth is multiplying by ten. Adam has the
# same weakness, and corrects it. AdaDelta multiplies by the size of its own past steps, and it has
# not made any yet.
#
# ## How large may a rate be?
#
# A step of SGD is itself a little calculation, so it has a graph. Here the steep weight takes one
# step at rate 0.08. Predict: if `w` were larger by 1, how would `after` change?

# %%
guess = None  # put your number here

w = Value(1.0)
gradient = 25 * w
after = w - 0.08 * gradient
after.backward()
check(guess, w)
assert w.grad == -1
draw(after)

# %% [markdown]
# Two paths, so two addends: +1 from keeping the weight, -2 from the step. Together **-1**: any
# distance from the floor comes back on the other side, just as large. With a slightly smaller rate
# it shrinks, with a slightly larger one it grows. Two hundred steps show it:

# %%
left = {lr: abs(walk(partial(SGD, lr=lr), ravine, 200)[-1, 1]) for lr in (0.079, 0.08, 0.081)}
for lr, distance in left.items():
    print(f"rate {lr:.3f}: after 200 steps {distance:.4f} from the floor")
assert round(left[0.079], 4) == 0.0063
assert np.isclose(left[0.08], 1)
assert round(left[0.081]) == 140

# %% [markdown]
# The limit is 2 / 25 = **0.08**, and it is set by the *steepest* direction. The gentle one would
# like a far larger rate. That is the trouble with one rate for all, and the reason for the other
# rules.
#
# Now watch whole walks, on a round bowl and in the ravine. SGD and momentum get a rate that suits
# the ravine. Which of the three will make a detour in the bowl?


# %%
def bowl(w):
    return 0.5 * (w[0] ** 2 + w[1] ** 2)


tame = {"SGD": partial(SGD, lr=0.07), "momentum": partial(SGD, lr=0.02, momentum=0.9)}
tame["Adam"] = rules["Adam"]
_, sides = plt.subplots(1, 2, figsize=(9, 4.4), layout="constrained")
for ax, loss, start in zip(sides, (bowl, ravine), ((1.0, 0.4), (1.0, 1.0)), strict=True):
    paths = {name: walk(rule, loss, 40, start) for name, rule in tame.items()}
    nn.plots.optimiser_paths(loss, paths, minimum=(0, 0), ax=ax)
    ax.set(title=f"The {loss.__name__}: 40 steps")
plt.show()

# %% [markdown]
# In the bowl SGD walks straight to the middle, and nothing beats straight. Adam makes the detour:
# it steps alike in both weights, whatever their slopes.
#
# In the ravine that is a gift. SGD bounces between the walls while it creeps along; Adam walks as
# if there were no walls. But look at the losses: its rate is too large to *stop*, so it swings
# through the middle and ends last. A straight path is not yet a good rate.
#
# One more place, the saddle: a ridge on which the way down is to the side and hardly slopes at
# all.


# %%
def saddle(w):
    return 0.5 * (w[0] ** 2 - w[1] ** 2)


start = (1.0, 0.001)  # the tiniest bit off the ridge
paths = {name: walk(rules[name], saddle, 25, start) for name in ("SGD", "momentum", "Adam")}
nn.plots.optimiser_paths(saddle, paths).set_title("The saddle: 25 steps")
plt.show()
assert paths["SGD"][-1, 1] < 0.02 < paths["momentum"][-1, 1] < 1 < paths["Adam"][-1, 1]

# %% [markdown]
# Down is towards the top of the picture. The gradient in that direction is only 0.001 at first.
# SGD takes it at its word and stays on the ridge. Momentum slowly gathers speed. Adam divides
# 0.001 by 0.001 and walks off at full rate.
#
# ## Sparse data
#
# "Use AdaGrad for sparse data", says the thread, thinking of texts, in which some words are in
# every line and some in few. Test it: one weight gets a gradient of 1 in each of 100 steps,
# another one in every tenth. A tenth of the way would be fair. Which rule gives the rare weight
# *less*?

# %%
guess = None  # put a name here

stream = sparse_stream(steps=100, every=10)
names = ("SGD", "momentum", "AdaGrad", "RMSProp", "AdaDelta", "Adam")
moved = np.array([movement(rules[name], stream) for name in names])
often, rarely = moved.T
assert np.allclose(often, [10, 91.000239, 1.858960, 20.260584, 0.406149, 10], atol=6e-7)
assert np.allclose(rarely, [1, 9.464674, 0.502100, 5.459927, 0.032380, 3.145791], atol=6e-7)

print("your guess:", guess)
labels = [f"{name}: {r:.4g} of {o:.4g}" for name, (o, r) in zip(names, moved, strict=True)]
_, ax = plt.subplots(figsize=(7, 2.6), layout="constrained")
bars = ax.barh(labels, rarely / often, color=nn.plots.PALETTE[0])
ax.bar_label(bars, fmt="%.3f", label_type="center", color="white")
ax.axvline(0.1, color="black", linestyle="--")
ax.set(xlabel="way of the rare weight, as a share of the other's", ylim=(5.6, -0.6))
plt.show()

# %% [markdown]
# The dashed line is fair: a tenth. **AdaGrad gives the rare weight 2.7 times that**, so the thread
# is right. Adam gives even more.
#
# The thread also calls AdaDelta a close relative, so one expects the same of it. It gives
# **less**. Both its memories fade in the quiet steps, also that of its own steps, and so it
# forgets how far it dared to go.
#
# ## Zero, or none?
#
# Adam's share is suspiciously large. Take a table of two words, one number each. Only word 0 is in
# this line of text. Predict: what gradient does word 1 get?

# %%
guess = None  # put your number here

table = nn.Embedding(2, 1, generator=0)
line = table([0]).sum()
line.backward()
check(guess, table.weight, (1, 0))

# %% [markdown]
# No path, so no gradient. But an array needs *some* number at each place, and that is a 0. A rule
# with a memory takes it for a gradient and goes on moving word 1.
#
# With `sparse=True` the gradient is instead a list of the *rows* that were used, and `SparseAdam`
# leaves all others alone, its memory included. Follow the rare word, seen in every tenth step:

# %%
kinds = {name: rules[name] for name in ("SGD", "momentum", "Adam")}
kinds["SparseAdam"] = partial(SparseAdam, lr=0.1)
way = {}
for name, rule in kinds.items():
    table = nn.Embedding(2, 1, sparse=name == "SparseAdam")
    table.weight.overwrite()[...] = 0.0
    optimiser, way[name] = rule(table.parameters()), [0.0]
    for row in stream:
        optimiser.zero_grad()
        table(np.flatnonzero(row)).sum().backward()
        optimiser.step()
        way[name].append(float(table.weight.numpy()[1, 0]))
assert table.weight.grad.indices.tolist() == [0]  # the last line of text had word 0 only

# %%
_, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
for (name, places), color in zip(way.items(), nn.plots.PALETTE, strict=False):
    ax.plot(places, color=color)
    at = 100 if places[100] > -3.3 else 30  # momentum leaves the picture
    ax.annotate(name, (at, places[at]), (4, 0), textcoords="offset points", va="center")
ax.set(xlabel="step", ylabel="the rare word's number", ylim=(-3.3, 0.1), xlim=(0, 120))
ax.set(xticks=range(0, 101, 10), title="The word is seen just after each line")
ax.grid(axis="x", alpha=0.4)
plt.show()
quiet = stream[:, 1] == 0
gliding = [np.abs(np.diff(places))[quiet].sum() for places in way.values()]
assert np.allclose(gliding, [0, 8.01, 2.64, 0], atol=0.005)

# %% [markdown]
# SGD goes down in stairs, one when the word is seen. **Adam glides on** while it is not there:
# that is 2.64 of its 3.15. Momentum glides out of the picture: 8.0 of its 9.46. SparseAdam is back
# to stairs. So "good for sparse data" needs a second question: is no gradient a 0, or nothing?
#
# ## Your own problem
#
# Ravines teach what the rules do. They cannot tell which is best for *your* network, so measure.
# `compare` gives each rule the same starts, the same batches, six rates and five seeds. Here it
# trains a small network on 600 handwritten digits.

# %%
images, labels = nn.datasets.digits()


def make(seed):
    first = nn.Linear(64, 16, generator=seed)
    return nn.Sequential(nn.Flatten(), first, nn.ReLU(), nn.Linear(16, 10, generator=seed + 100))


result = nn.optim.compare(
    make, (images[:600], labels[:600]), loss=nn.functional.cross_entropy,
    rates=(0.003, 0.01, 0.03, 0.1, 0.3, 1.0), steps=60, batch_size=30, progress=False,
)  # fmt: skip
assert "not support a choice between Adam and SGD, momentum 0.9" in result.words()
result

# %% [markdown]
# Read the words to the end. Adam is lowest, and it beat three of the rules five times of five;
# coins do that once in 16. Over **SGD with momentum** it won only four of five, which coins do
# quite often. Between these two there is no winner, and the table alone would not have said so.

# %%
best = {row.optimiser: row for row in result.rows()}
too_fast = [run.final for run in result.runs if run.optimiser == "Adam" and run.rate == 1.0]
assert best["SGD"].rate >= 10 * best["Adam"].rate
assert best["Adam"].high < best["SGD"].low < best["SGD"].high < min(too_fast)
result.plot()

# %% [markdown]
# Follow one line in the left picture. Each rule has a valley of its own: RMSProp's lies at 0.01,
# SGD's at 0.3. **A wrong rate costs more than a wrong rule**: Adam at rate 1 is far worse than
# plain SGD at its best. Compare rules at one common rate, and you compare rates.
#
# ## So, which?
#
# - Try **Adam** first, with three rates.
# - **SGD with momentum**, well tuned, is the rival to beat.
# - For **rare features**: AdaGrad, or SparseAdam on rows.
# - **Convolution or not? Classes or numbers?** The question asks for both. No rule ever looks; it
#   sees gradients only. Measure.
# - Say whose defaults you mean: RMSProp's memory keeps 0.99 in PyTorch and here, 0.9 in Keras.

# %% [markdown]
# <details><summary>For those who like symbols</summary>
#
# With gradient $g$, rate $\eta$, all element by element: SGD $w \leftarrow w - \eta g$; momentum
# $v \leftarrow \mu v + g$, $w \leftarrow w - \eta v$; Nesterov $w \leftarrow w - \eta (g + \mu
# v)$; AdaGrad $G \leftarrow G + g^2$, $w \leftarrow w - \eta g / (\sqrt G + \epsilon)$; RMSProp $v
# \leftarrow a v + (1 - a) g^2$, $w \leftarrow w - \eta g / (\sqrt v + \epsilon)$; Adam $m, v$
# fading means of $g, g^2$, each divided by $1 - \beta^t$, $w \leftarrow w - \eta m / (\sqrt v +
# \epsilon)$.
#
# On $\frac{c}{2} w^2$ a step of SGD multiplies $w$ by $1 - \eta c$: stable for $\eta < 2 / c$.
#
# </details>

# %% [markdown]
# **In three lines**
#
# - Every rule gets the same gradient; it adds a memory (speed), a size to divide by, or both.
# - Dividing evens out steep and gentle, often and rare. The price is surprises: RMSProp's first
#   step of ten rates, Adam's gliding on without a gradient.
# - There is no best rule without a problem: try a few rates of two or three rules, with five
#   seeds.

# %% [markdown]
# **Try**
#
# 1. How many rates long is RMSProp's first step with Keras' memory, `alpha=0.9`?
# 2. Make the ravine 100 times steeper across than along. What is the largest stable rate of SGD?
# 3. A word is in one line of 50. What share of the way does AdaGrad give it in 100 steps?
#
# <details><summary>Answers</summary>
#
# 1. It takes in 10 % of the first square. The root of 0.1 is 0.316, so the step is 3.16 rates.
# 2. It is 2 / 100 = 0.02.
# 3. `movement(rules["AdaGrad"], sparse_stream(100, 50))` gives 1.859 and 0.171: a share of 0.092,
#    4.6 times the fair 0.02.
#
# </details>

# %% [markdown]
# [Next: Windows and memory](12_windows_and_memory.ipynb)
