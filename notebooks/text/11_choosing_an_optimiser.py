# %% [markdown]
# # 11 Choosing an optimiser
#
# SGD, momentum, AdaGrad, RMSProp, AdaDelta, Adam: is there a principled way to choose one of
# them, or does everybody just try?
#
# About 25 minutes.
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
from autograd.viz import check, draw, step
from nn.optim import SGD, Adadelta, Adagrad, Adam, RMSprop, SparseAdam
from nn.optim.problems import movement, sparse_stream

# %% [markdown]
# ## What an optimiser is given
#
# A loss of two weights, both at 1. Nudge the first by 0.001: the loss rises by 0.001. Nudge the
# second by as much: it rises by 0.025. Picture a ravine, gentle along and steep across.
#
# Predict: what gradient does the steep weight get?

# %%
guess = None  # put your number here

w1, w2 = Value(1.0, name="w1"), Value(1.0, name="w2")
gentle, steep = w1 * w1, w2 * w2
loss = 0.5 * (gentle + 25 * steep)
loss.backward()
check(guess, w2)

# %%
assert (w1.grad, w2.grad) == (1, 25)
draw(loss)

# %% [markdown]
# Backward ends here, with **1 and 25**. An optimiser never sees more than such numbers. The rules
# in the question differ only in what they do with them:
#
# | rule | remembers | moves a weight by |
# |---|---|---|
# | SGD | nothing | rate x gradient |
# | momentum | a speed that fades | rate x speed |
# | Nesterov | the same | rate x speed, looked at one step ahead |
# | AdaGrad | the sum of all squares | rate x gradient / root of that sum |
# | RMSProp | a fading mean of squares | rate x gradient / its root |
# | AdaDelta | the same, and of its own steps | gradient x own steps / its root |
# | Adam | a speed and a fading mean of squares | rate x speed / its root |

# %% [markdown]
# ## Three steps each
#
# Everyone starts at (1, 1) in the ravine. Nothing is hidden: this loop is what training is.

# %%
rules = {
    "SGD": partial(SGD, lr=0.1),
    "momentum": partial(SGD, lr=0.1, momentum=0.9),
    "Nesterov": partial(SGD, lr=0.1, momentum=0.9, nesterov=True),
    "AdaGrad": partial(Adagrad, lr=0.1),
    "RMSProp": partial(RMSprop, lr=0.1),
    "AdaDelta": partial(Adadelta, lr=1.0),
    "Adam": partial(Adam, lr=0.1),
}


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
walks = {name: walk(rule, ravine, 3) for name, rule in rules.items()}
for name, path in walks.items():
    print(f"{name:9}", *[f"({a:9.3g}, {b:9.3g}) " for a, b in path[1:]])
assert np.allclose(walks["SGD"][1:], [[0.9, -1.5], [0.81, 2.25], [0.729, -3.375]])
assert np.allclose(walks["momentum"][1:], [[0.9, -1.5], [0.72, 0], [0.486, 1.35]])
nesterov = walks["Nesterov"][1:]
assert np.allclose(nesterov, [[0.81, -3.75], [0.5751, 12.0375], [0.327321, -39.369375]])

# %% [markdown]
# Watch the second number, the steep weight.
#
# - **SGD** leaps over the floor: 1, -1.5, 2.25, -3.375. It climbs.
# - **Momentum** brakes itself: old speed and new gradient pull against each other.
# - **Nesterov** is thrown out, at this rate.
# - The other four divide by the size of the gradient. So both weights move alike, steep or not.
#
# But RMSProp is at the floor after one step, and AdaDelta has hardly moved. Why?

# %%
# the other four with all their digits
three = {name: walks[name][1:].ravel() for name in ("AdaGrad", "RMSProp", "AdaDelta", "Adam")}
grad, rms, delta, adam = three.values()
assert np.allclose(grad[:2], [0.90000000001, 0.9000000000004], rtol=1e-12)
assert np.allclose(grad[2:4], [0.8331035268523, 0.8331035268383], rtol=1e-12)
assert np.allclose(grad[4:], [0.7804561813655, 0.7804561813488], rtol=1e-12)
assert np.allclose(rms[:2], [9.999999e-8, 4.0000003e-9], rtol=1e-6, atol=0)
assert np.allclose(rms[2:4], [-5.0377138e-10, -2.0151247e-11], rtol=1e-6, atol=0)
assert np.allclose(rms[4:], [5.0885484e-12, 2.0354786e-13], rtol=1e-6, atol=0)
assert np.allclose(delta[:2], [0.9968377381511, 0.9968377223651], rtol=1e-12)
assert np.allclose(delta[2:4], [0.9935981984077, 0.9935981660204], rtol=1e-12)
assert np.allclose(delta[4:], [0.9903090828008, 0.9903090333563], rtol=1e-12)
assert np.allclose(adam[:2], [0.900000001, 0.90000000004], rtol=1e-12)
assert np.allclose(adam[2:4], [0.8004122297123, 0.8004122277529], rtol=1e-12)
assert np.allclose(adam[4:], [0.7015862745044, 0.7015862715123], rtol=1e-12)

# %% [markdown]
# ## The first step
#
# Three weights get gradients of 0.001, 1 and 1,000. How many *rates* long is each rule's first
# step? Predict before you run: for SGD, for Adam, for RMSProp.

# %%
gradients = np.array([[0.001, 1.0, 1000.0]])
first = {name: movement(rule, gradients) / 0.1 for name, rule in rules.items()}
first["AdaDelta"] /= 10  # its rate was 1, not 0.1
print(f"{'gradient':9}", *[f"{g:12g}" for g in gradients[0]])
for name, rates in first.items():
    print(f"{name:9}", *[f"{x:12.4f}" for x in rates])
assert np.allclose(first["RMSProp"], 10, rtol=2e-4)
assert np.allclose([first["AdaGrad"], first["Adam"]], 1, rtol=2e-5)

# %% [markdown]
# SGD's step grows with the gradient. **AdaGrad's and Adam's first step is one rate, whatever the
# gradient's size.**
#
# **RMSProp's is ten rates.** Its fading mean starts at 0 and takes in 1 % of the first square.
# The root of 1 % is a tenth, and dividing by a tenth is multiplying by ten. Adam has the same
# weakness and corrects it. And AdaDelta multiplies by the size of its own past steps: it has none
# yet.

# %% [markdown]
# ## How large may a rate be?
#
# A step of SGD is itself a little calculation, so it has a graph. Below, the steep weight takes
# one step at rate 0.08. Predict: if `w` were nudged by 1, by how much would `after` move?

# %%
guess = None  # put your number here

w = Value(1.0, name="w")
gradient = 25 * w
after = w - 0.08 * gradient
after.backward()
check(guess, w)

# %%
assert w.grad == -1
step(after)

# %% [markdown]
# Two paths, so two addends: 1 from keeping the weight, -2 from the step. Together **-1**: a
# distance from the floor comes back on the other side, just as large. A little less rate and it
# shrinks, a little more and it grows. Two hundred steps show it:

# %%
left = {lr: abs(walk(partial(SGD, lr=lr), ravine, 200)[-1, 1]) for lr in (0.079, 0.08, 0.081)}
for lr, distance in left.items():
    print(f"rate {lr:.3f}: steep weight ends {distance:.4f} from the floor")
assert round(left[0.079], 4) == 0.0063
assert np.isclose(left[0.08], 1)
assert round(left[0.081]) == 140

# %% [markdown]
# The limit is 2 / 25 = **0.08**, set by the *steepest* direction. The gentle one would like a far
# larger rate. That is the trouble with one rate for all, and the reason for all the other rules.
#
# Now see whole walks: on a round bowl, in the ravine, and on a saddle, where the way down is to
# the side and hardly sloping at the start.


# %%
def bowl(w):
    return 0.5 * (w[0] ** 2 + w[1] ** 2)


tame = {"SGD": partial(SGD, lr=0.07), "momentum": partial(SGD, lr=0.02, momentum=0.9)}
tame["Adam"] = rules["Adam"]
_, sides = plt.subplots(1, 2, figsize=(9, 4.4), layout="constrained")
for ax, loss, start in zip(sides, (bowl, ravine), ((1.0, 0.3), (1.0, 1.0)), strict=True):
    paths = {name: walk(rule, loss, 40, start) for name, rule in tame.items()}
    nn.plots.optimiser_paths(loss, paths, minimum=(0, 0), ax=ax)
    ax.set_title(f"The {loss.__name__}: 40 steps")
plt.show()

# %% [markdown]
# The bowl: SGD walks straight to the middle, and nothing beats straight. Momentum shoots past on
# the same line. Adam makes a detour, for it steps alike in both weights whatever their slopes.
#
# The ravine: SGD bounces between the walls while it creeps along. Momentum swings. Adam's path is
# straight, as if the ravine were not there: what was a fault in the bowl is a gift here.


# %%
def saddle(w):
    return 0.5 * (w[0] ** 2 - w[1] ** 2)


start = (1.0, 0.001)  # the tiniest bit off the ridge
paths = {name: walk(rules[name], saddle, 25, start) for name in ("SGD", "momentum", "Adam")}
nn.plots.optimiser_paths(saddle, paths).set_title("The saddle: 25 steps")
plt.show()
assert paths["SGD"][-1, 1] < 0.02 < paths["momentum"][-1, 1] < 1 < paths["Adam"][-1, 1]

# %% [markdown]
# The way down is towards the top of the picture. The gradient in that direction is only 0.001 at
# first. SGD takes it at its word and stays on the ridge. Momentum slowly gathers speed. Adam
# divides 0.001 by 0.001 and walks off at full rate.

# %% [markdown]
# ## Sparse data
#
# "Use AdaGrad for sparse data", says the thread, thinking of texts: some words are in every line,
# some in few. Test it: one weight gets a gradient of 1 in each of 100 steps, another one in every
# tenth. How far does each travel?

# %%
stream = sparse_stream(steps=100, every=10)
moved = {name: movement(rule, stream) for name, rule in rules.items()}
for name, (often, rarely) in moved.items():
    print(f"{name:9} often {often:8.4f}   rarely {rarely:7.4f}   share {rarely / often:.3f}")
assert np.allclose(moved["SGD"], [10, 1])
assert np.allclose(moved["momentum"], [91.000239, 9.464674], rtol=1e-6)
assert np.allclose(moved["AdaGrad"], [1.858960, 0.502100], rtol=1e-6)
assert np.allclose(moved["RMSProp"], [20.260584, 5.459927], rtol=1e-6)
assert np.allclose(moved["AdaDelta"], [0.406149, 0.032380], rtol=2e-5)
assert np.allclose(moved["Adam"], [10, 3.145791], rtol=1e-6)

# %%
shares = {name: rarely / often for name, (often, rarely) in moved.items()}
_, ax = plt.subplots(figsize=(6, 2.8), layout="constrained")
bars = ax.barh(list(shares), list(shares.values()), color=nn.plots.PALETTE[0])
ax.bar_label(bars, fmt="%.3f", label_type="center", color="white")
ax.axvline(0.1, color="black", linestyle="--")
ax.invert_yaxis()
ax.set(xlabel="travel of the rare weight, as a share of the other's", xlim=(0, 0.4))
plt.show()

# %% [markdown]
# The dashed line is fair: a tenth of the gradients, a tenth of the way. **AdaGrad gives the rare
# weight 2.7 times that.** Adam gives even more.
#
# The thread calls AdaDelta a close relative, so one expects the same. It has **less** than its
# share. Both its memories fade in the quiet steps, also that of its own steps, and so it forgets
# how far it dared to go.

# %% [markdown]
# ## Zero, or none?
#
# Look again at Adam's large share. Here is a table of two words, one number each. Only word 0 is
# in this line of text. Predict: what gradient does word 1 get?

# %%
guess = None  # put your number here

table = nn.Embedding(2, 1, generator=0)
line = table([0]).sum()
line.backward()
check(guess, table.weight, (1, 0))

# %% [markdown]
# No path, so no gradient. But an array needs *some* number at each place, and that is a 0. A rule
# with a memory takes it for a gradient and goes on moving word 1. Let us follow the rare word.

# %%
kinds = {name: rules[name] for name in ("SGD", "AdaGrad", "momentum", "Adam")}
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

# %%
_, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
for (name, places), color in zip(way.items(), nn.plots.PALETTE, strict=False):
    ax.plot(places, color=color)
    at = 100 if places[100] > -3.3 else 30  # momentum leaves the picture
    ax.annotate(name, (at, places[at]), (4, 0), textcoords="offset points", va="center")
ax.set(xlabel="step", ylabel="the rare word's number", ylim=(-3.3, 0.1), xlim=(0, 120))
ax.set_xticks(range(0, 101, 10))
ax.set_title("The word is seen just after each tick")
ax.grid(axis="x", alpha=0.4)
plt.show()
assert table.weight.grad.indices.tolist() == [0]  # the last line of text had word 0 only
quiet = stream[:, 1] == 0
gliding = {name: np.abs(np.diff(places))[quiet].sum() for name, places in way.items()}
assert np.allclose(list(gliding.values()), [0, 0, 8.01, 2.64, 0], atol=0.005)

# %% [markdown]
# SGD and AdaGrad go down in stairs: one step when the word is seen. **Adam glides on** while it
# is not there: 2.64 of its 3.15. Momentum too, out of the picture: 8.0 of its 9.46.
#
# So "sparse" needs a stance: a zero that counts, or nothing at all? With `sparse=True` the
# gradient is a list of the *rows* that were used. `SparseAdam` leaves all others alone, memory
# included, and goes in stairs again.

# %% [markdown]
# ## Your own problem
#
# Ravines teach what the rules do. They do not tell which is best for *your* network. For that,
# measure. `compare` gives each rule the same starts, the same batches, six rates and five seeds.
# Here: a small network on 600 handwritten digits.

# %%
images, labels = nn.datasets.digits()


def make(seed):
    first = nn.Linear(64, 16, generator=seed)
    return nn.Sequential(nn.Flatten(), first, nn.ReLU(), nn.Linear(16, 10, generator=seed + 100))


result = nn.optim.compare(
    make,
    (images[:600], labels[:600]),
    loss=nn.functional.cross_entropy,
    rates=(0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
    steps=60,
    batch_size=30,
    progress=False,
)
result

# %%
best = {row.optimiser: row for row in result.rows()}
assert "not support a choice between Adam and SGD, momentum 0.9" in result.words()
assert best["SGD"].rate >= 10 * best["Adam"].rate
bad = [run.final for run in result.runs if run.optimiser == "Adam" and run.rate == 1.0]
assert best["Adam"].high < best["SGD"].low < best["SGD"].high < min(bad)
result.plot()

# %% [markdown]
# Read the words to the end. Adam is lowest. Five wins of five happen by chance once in 16, and
# that supports Adam over three of the rules. Over **SGD with momentum** it has four of five,
# which coins do quite often. So there is no winner between the two, and the table alone would not
# have said so.
#
# Now look at the left picture, along one line. Each rule has a valley: RMSProp's lies at 0.01,
# SGD's at 0.3 and more. **A wrong rate costs more than a wrong rule**: Adam at rate 1 is far
# worse than plain SGD at its best. Who compares rules at one common rate compares rates.

# %% [markdown]
# ## So, which?
#
# - **Adam**, with three rates, is a good first try.
# - **SGD with momentum**, well tuned, is the rival to beat.
# - **Rare features**: AdaGrad, or SparseAdam on rows.
# - **Convolution or not? Classes or numbers?** The question asks for both. No rule ever looks: it
#   sees gradients only. Compare.
#
# Say whose defaults you mean, too. RMSProp's memory keeps 0.99 in PyTorch and here, 0.9 in Keras.

# %% [markdown]
# <details><summary>For those who like symbols</summary>
#
# With gradient $g$, rate $\eta$, all element by element: SGD $w \leftarrow w - \eta g$; momentum
# $v \leftarrow \mu v + g$, $w \leftarrow w - \eta v$; AdaGrad $G \leftarrow G + g^2$, $w
# \leftarrow w - \eta g / (\sqrt G + \epsilon)$; RMSProp $v \leftarrow a v + (1 - a) g^2$, $w
# \leftarrow w - \eta g / (\sqrt v + \epsilon)$; Adam $m, v$ fading means of $g, g^2$, each
# divided by $1 - \beta^t$, $w \leftarrow w - \eta m / (\sqrt v + \epsilon)$.
#
# On $\frac{c}{2} w^2$ a step of SGD multiplies $w$ by $1 - \eta c$: stable for $\eta < 2 / c$.
#
# </details>

# %% [markdown]
# **In three lines**
#
# 1. Every rule gets the same gradient; it adds a memory (speed), a size to divide by, or both.
# 2. Dividing evens out steep and gentle, often and rare; the price is surprises such as RMSProp's
#    first step of ten rates, and Adam's gliding on without a gradient.
# 3. There is no best rule without a problem: try a few rates of two or three rules, with five
#    seeds.

# %% [markdown]
# **Exercises**
#
# 1. How many rates long is RMSProp's first step with Keras' memory, `alpha=0.9`?
# 2. Make the ravine 100 times steeper across than along. What is the largest stable rate of SGD?
# 3. A word is in one line of 50. What share of the way does AdaGrad give it in 100 steps?
#
# <details><summary>Answers</summary>
#
# 1. It takes in 10 % of the first square. The root of 0.1 is 0.316, so the step is 3.16 rates.
# 2. 2 / 100 = 0.02.
# 3. `movement(rules["AdaGrad"], sparse_stream(100, 50))` gives 1.859 and 0.171: a share of 0.092,
#    4.6 times the fair 0.02.
#
# </details>

# %% [markdown]
# [Next: 12 Windows and memory](12_windows_and_memory.ipynb)
