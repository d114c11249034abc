# %% [markdown]
# # 14 Why zero-centred?
#
# They say: if all inputs of a neuron are positive, then the gradients of its weights are all
# positive or all negative, and training zig-zags. Why all of one sign? And where does the zig-zag
# come from?
#
# About 15 minutes.
#
# **Afterwards you can say** which signs a gradient can have, which goals cost a detour, and what
# centring the inputs really repairs.

# %%
import matplotlib.pyplot as plt
import numpy as np

import nn
from autograd import Tensor, Value, relu, sigmoid, tanh
from autograd.viz import check, draw

# %% [markdown]
# ## One neuron, one sample
#
# Three inputs, all positive: 0.5, 2 and 0.1. The neuron multiplies each by its weight and adds. A
# gradient of 3 arrives. Predict what the *second* weight gets.

# %%
guess = None  # put your number here

x = [0.5, 2.0, 0.1]
w1, w2, w3 = Value(1.0), Value(-1.0), Value(1.0)
f = w1 * x[0] + w2 * x[1] + w3 * x[2]
f.backward(3.0)
check(guess, w2)
draw(f)

# %% [markdown]
# One number, 3, comes back and goes to every weight. On the way it is multiplied by that weight's
# input. The inputs are positive, so they change its size, but **never its sign**.
#
# Another neuron may have another sign. Here two of them read the same three inputs; 3 arrives at
# the first and -3 at the second:

# %%
assert np.allclose([w1.grad, w2.grad, w3.grad], [1.5, 6.0, 0.3])
two = Tensor(np.zeros((2, 3)), requires_grad=True)
(two @ x).backward([3.0, -3.0])
assert np.allclose(two.grad, [[1.5, 6.0, 0.3], [-1.5, -6.0, -0.3]])
assert np.allclose(two.grad, np.outer([3, -3], [0.5, 2.0, 0.1]))
assert (np.shape(f.grad), two.grad.shape) == ((), two.shape)
two

# %% [markdown]
# A comment in the thread asks whether the gradient of f should be "x transposed". It is tempting,
# as x does appear. But f is *one* number, and so is what arrives at it: the last assert above.
# Only the step from f to the weights brings in x.
#
# ## Which way can the weights go?
#
# Two weights make a map: the first counts eastwards, the second northwards. There are two samples,
# with the inputs (2, 1) and (1, 2). Each can move the weights only along its own arrow, forward or
# backward. Predict: which goal will cost a zig-zag?

# %%
guess = None  # "north-east" or "south-east"

inputs = np.array([[2.0, 1.0], [1.0, 2.0]])
goals = {"north-east": np.array([1.0, 1.0]), "south-east": np.array([1.0, -1.0])}
_, ax = plt.subplots(figsize=(4.2, 4.2), layout="constrained")
for way in (*inputs, *-inputs):
    ax.annotate("", way, (0, 0), arrowprops={"arrowstyle": "-|>", "color": "#0072b2", "lw": 2})
for name, goal in goals.items():
    ax.plot(*goal, "x", color="black", markersize=9)
    ax.annotate(name, goal, xytext=(5, 5), textcoords="offset points")
ax.axhline(0, color="grey", lw=0.8)
ax.axvline(0, color="grey", lw=0.8)
ax.set(xlim=(-2.4, 2.4), ylim=(-2.4, 2.4), xlabel="first weight", ylabel="second weight")
_ = ax.set_title("The only ways to go")

# %% [markdown]
# The thread's answer says: a goal in the **north-east** does. It is tempting, as one remembers a
# picture with a corner in it. But north-east lies *between* two arrows, and south-east does not.
#
# How much of each input adds up to the goal? That settles it:

# %%
shares = {name: np.linalg.solve(inputs.T, goal) for name, goal in goals.items()}
print("your guess:", guess, " ", {name: s.round(4).tolist() for name, s in shares.items()})
assert np.allclose(shares["north-east"], [1 / 3, 1 / 3])
assert np.allclose(shares["south-east"], [1, -1])

one, straight = np.linalg.norm(inputs[0]), np.sqrt(2)  # both inputs are equally long
assert np.isclose(2 / 3 * one / straight, 1.0541, atol=5e-5)
assert np.isclose(2 * one, 4.4721, atol=5e-5)
assert np.isclose(2 * one / straight, 3.1622776601683795)

# %% [markdown]
# North-east takes a third of each input, 1.0541 times the straight line. South-east takes one
# whole input forward and the other *backward*: you walk 4.4721 to get 1.4142 away, **3.1623
# times** as far.
#
# So **south-east and north-west** cost the detour. Now let training walk, one sample at a time.

# %%
paths = {}
for name, goal in goals.items():
    w = Tensor([0.0, 0.0], requires_grad=True)
    optimiser, path, one_sign = nn.optim.SGD([w], lr=0.1), [w.numpy()], 0
    for step in range(200):
        optimiser.zero_grad()
        (0.5 * ((w - goal) @ inputs[step % 2]) ** 2).backward()
        one_sign += abs(np.sign(w.grad).sum()) == 2
        optimiser.step()
        path.append(w.numpy())
    assert one_sign == 200  # every step went north-east or south-west
    paths[name] = np.array(path)

# %%
_, axes = plt.subplots(1, 2, figsize=(8.4, 4.4), layout="constrained")
for ax, (name, path) in zip(axes, paths.items(), strict=True):
    goal = goals[name]
    nn.plots.optimiser_paths(
        lambda w, goal=goal: 0.25 * np.sum((inputs @ (w - goal)) ** 2),
        {"path": path}, minimum=goal, ax=ax,
    )  # fmt: skip
    ax.set(title=name)

walked = [np.linalg.norm(np.diff(p, axis=0), axis=1).sum() / straight for p in paths.values()]
steps = [np.argmax(np.linalg.norm(p - goals[k], axis=1) < 0.01) for k, p in paths.items()]
print("walked, by the straight line:", np.round(walked, 4), "  steps to the goal:", *steps)
assert np.allclose(walked, [1.2443, 3.1623], atol=5e-5)
assert steps == [40, 74]

# %% [markdown]
# Each step goes north-east or south-west. On the left that is fine: 1.2443 times the straight
# line, and 40 steps until the goal is nearer than 0.01. On the right each step is nearly taken
# back by the next: 3.1623 times the straight line, and 74 steps.
#
# ## A batch can mix signs
#
# Now a step sums over two samples: 1 arrives for the input (1, 0.1), and -1 for (0.1, 1). Predict
# the gradient of the first weight.

# %%
guess = None  # put your number here

w = Tensor([0.0, 0.0], requires_grad=True)
outputs = Tensor([[1.0, 0.1], [0.1, 1.0]]) @ w
outputs.backward([1.0, -1.0])
check(guess, w, 0)

# %% [markdown]
# The second weight gets -0.9: one up, one down, from positive inputs. Each *sample* has one sign,
# but a sum need not.
#
# Is all well, then? Walk to the south-east again, with both samples in every step:

# %%
assert np.allclose(w.grad, [0.9, -0.9])
assert np.allclose(w.grad, np.subtract([1.0, 0.1], [0.1, 1.0]))
w = Tensor([0.0, 0.0], requires_grad=True)
optimiser, path = nn.optim.SGD([w], lr=0.1), [w.numpy()]
for _ in range(200):
    optimiser.zero_grad()
    (0.5 * (Tensor(inputs) @ (w - goals["south-east"])) ** 2).sum().backward()
    optimiser.step()
    path.append(w.numpy())

away = np.linalg.norm(np.array(path) - goals["south-east"], axis=1)
condition = np.linalg.cond(inputs.T @ inputs)
print(np.argmax(away < 0.01), "steps of two samples   condition number", condition.round(2))
assert np.argmax(away < 0.01) == 47
assert np.isclose(condition, 9)
assert np.isclose(np.linalg.norm(np.diff(path, axis=0), axis=1).sum() / straight, 1)

# %% [markdown]
# It walks a straight line now. But 47 steps of two samples look at 94 samples, and one at a time
# took 74. So the zig-zag is only what one *sees*; the cost lies deeper. Towards north-east both
# inputs agree, and the loss is steep. Towards south-east they nearly cancel, and it is flat.
#
# The steepest slope against the flattest is the **condition number**, 9 here. Near 1 the loss is a
# round bowl; a large number means a long narrow valley.

# %% [markdown]
# ## Sigmoid, tanh, ReLU
#
# A layer's inputs are what the layer before it gave: only positive from sigmoid, positive *or
# zero* from ReLU, both signs from tanh.
#
# Take a neuron with five inputs, and many batches of 32 samples, with random numbers arriving.
# After sigmoid every single sample has one sign. Predict: which share of the *batches* still has?

# %%
guess = None  # between 0 and 1

print("your guess:", guess)
before = np.random.default_rng(0).standard_normal((1000, 5))
features = {"sigmoid": sigmoid(before), "tanh": tanh(before), "ReLU": relu(before)}
arrives = np.random.default_rng(1).standard_normal((100, 31, 32))
for name, feature in features.items():
    batches = feature[:992].reshape(31, 32, 5)
    share = []
    for size in (32, 1):  # weights for each of the 32, or one set for all
        w = Tensor(np.zeros((100, 31, size, 5)), requires_grad=True)
        (w * batches).sum(axis=-1).backward(arrives)
        share.append(np.mean(np.all(w.grad > 0, axis=-1) | np.all(w.grad < 0, axis=-1)))
    print(f"{name:8} one sign: {share[0]:4.0%} of samples, {share[1]:4.0%} of batches")
    assert np.round(share, 2).tolist() == {
        "sigmoid": [1.0, 0.65], "tanh": [0.07, 0.06], "ReLU": [0.03, 0.23]
    }[name]  # fmt: skip

# %% [markdown]
# Still 65 of 100 batches: mixing helps less than one hopes. After tanh there are 6 or 7 of 100,
# which is what luck gives, as five coins fall on one side in 2 of 32 throws. ReLU's zeros make
# exact zeros: few samples have *strictly* one sign, but none has both.
#
# And how narrow are the valleys?

# %%
condition = {name: np.linalg.cond(t.T @ t) for name, t in features.items()}
centred = features["sigmoid"] - features["sigmoid"].mean(axis=0)
condition["sigmoid, centred"] = np.linalg.cond(centred.T @ centred)
print({name: float(number.round(2)) for name, number in condition.items()})
assert round(condition["sigmoid"], 1) == 32.5
assert round(condition["tanh"], 2) == 1.23
assert round(condition["ReLU"], 2) == 3.56
assert round(condition["sigmoid, centred"], 2) == 1.25

# %% [markdown]
# After sigmoid the valley is 32.5 times as steep as flat. Take away the mean of the same numbers,
# and 1.25 is left, as good as tanh's 1.23.
#
# Here are walks of 15 steps for the first two weights, by plain gradient descent. Each has a good
# rate for its valley.

# %%
_, axes = plt.subplots(1, 2, figsize=(8.4, 4.4), layout="constrained")
goal, valleys = np.array([1.0, -1.0]), {"as they are": features["sigmoid"], "centred": centred}
for ax, (name, numbers) in zip(axes, valleys.items(), strict=True):
    half = numbers[:, :2]
    w = Tensor([-1.0, 0.0], requires_grad=True)
    rate = 1 / np.linalg.eigvalsh(half.T @ half / 1000)[-1]
    optimiser, path = nn.optim.SGD([w], lr=rate), [w.numpy()]
    for _ in range(15):
        optimiser.zero_grad()
        (0.5 * (half @ (w - goal)) ** 2).mean().backward()
        optimiser.step()
        path.append(w.numpy())
    nn.plots.optimiser_paths(
        lambda w, half=half: 0.5 * np.mean((half @ (w - goal)) ** 2),
        {"path": path}, minimum=goal, ax=ax,
    )  # fmt: skip
    ax.set(title=name)

# %% [markdown]
# On the left there is no zig-zag, and still it is slow: one jump to the floor of the valley, then
# a crawl along it. The valley runs from north-west to south-east, just where signs must differ. On
# the right the bowl is round, and two steps will do.
#
# So what centring repairs is the **shape of the bowl**. There are layers that do it while
# training:

# %%
raw = features["sigmoid"]
per_input = nn.BatchNorm1d(5, affine=False)(raw).numpy()
per_sample = nn.LayerNorm(5, elementwise_affine=False)(raw).numpy()
condition = np.linalg.cond(per_input.T @ per_input)
mixed = (per_sample < 0).any(axis=1) & (per_sample > 0).any(axis=1)
print("behind batch norm, condition number:", condition.round(2))
print("behind layer norm, samples with both signs:", f"{mixed.mean():.0%}")
assert round(condition, 2) == 1.23
assert mixed.all()

# %% [markdown]
# Batch norm centres each *input* over the samples. Layer norm centres each *sample* over its
# inputs, so that each has both signs.
#
# ## A lost plus
#
# An update in the thread adds a shift to each input: weight times (input plus shift). In its
# derivative the plus easily gets lost, and "input times shift" is read, since it is only one small
# sign. Take the inputs 0.5 and 2, both shifts -1, and let 3 arrive. Predict the gradient of the
# first weight.

# %%
guess = None  # put your number here

x, shift = Tensor([0.5, 2.0]), Tensor([-1.0, -1.0])
w = Tensor([1.0, 1.0], requires_grad=True)
f = (w * (x + shift)).sum()
f.backward(3.0)
check(guess, w, 0)
print("with the plus", w.grad, "  without", (3 * x * shift).numpy())
assert w.grad.tolist() == [-1.5, 3.0]
assert (3 * x * shift).numpy().tolist() == [-1.5, -6.0]

# %% [markdown]
# With the plus there are two signs, since 0.5 minus 1 is below 0 and 2 minus 1 is above. Without
# it one gets -1.5 and -6. The first agrees by luck, which is how such a slip lives on.

# %% [markdown]
# <details><summary>For those who like symbols</summary>
#
# $f = w \cdot x + b$, so $\partial L/\partial w_i = \delta\, x_i$ with the scalar $\delta =
# \partial L/\partial f$. If all $x_i > 0$, every component has the sign of $\delta$.
#
# The loss $\tfrac12\,\mathrm{mean}\,(x \cdot (w - w^*))^2$ has the Hessian $X^T X / n$. Its
# largest and smallest eigenvalue set the best rate and the number of steps. A common mean $m$
# adds $m m^T$ to it: one steep direction.
# </details>

# %% [markdown]
# **In three lines**
#
# - Positive inputs pass on the sign that arrives: each sample's gradient has one sign per neuron.
# - Goals with mixed signs, south-east or north-west, then cost a zig-zag; north-east does not. A
#   batch may mix signs.
# - The cost lies in the narrow valley that a common mean makes; centring or normalising makes it
#   round.

# %% [markdown]
# **Try**
#
# 1. Give the single neuron the inputs -0.5, 2 and 0.1, and let 3 arrive. Which signs?
# 2. Walk from (0, 0) to (-1, -1) with the inputs (2, 1) and (1, 2). Detour or not?
# 3. Add 10 to the features of tanh. What is their condition number, and why?
#
# <details><summary>Answers</summary>
#
# 1. Minus, plus, plus: each input brings its own sign.
# 2. Hardly: it lies south-west, between two arrows.
# 3. Over a thousand. The mean, not the sign as such, makes the valley narrow.
# </details>

# %% [markdown]
# [Next: Train and watch](15_train_and_watch.ipynb)
