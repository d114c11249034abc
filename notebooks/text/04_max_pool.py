# %% [markdown]
# # 04 Max-pool: the winner takes it
#
# Going back through an ordinary neuron I multiply by its slope. But a maximum just picks one
# number out of many, and they say it has no derivative. What do I multiply by?
#
# About 15 minutes.
#
# **Afterwards you can say** who gets the gradient of a maximum, what happens at a tie, why a
# popular shortcut is wrong there, and when a winner has to add.

# %%
import matplotlib.pyplot as plt
import numpy as np

import autograd as ag
from autograd import Tensor, Value, avg_pool2d, jacobian, max_pool1d, max_pool2d, maximum
from autograd.viz import check, compare, draw, step

# %% [markdown]
# ## Four numbers, one winner
#
# A pooled value `p` is the largest of 0.5, 2, -1 and 1.5. Two neurons read it, with the weights
# 1.5 and -0.5. The gradients 0.3 and -0.2 arrive at the two neurons. Predict what arrives at `p`.

# %%
guess = None  # put your number here

x1, x2, x3, x4 = Value(0.5), Value(2.0), Value(-1.0), Value(1.5)
p = ag.max(x1, x2, x3, x4)
h1, h2 = 1.5 * p, -0.5 * p
L = ag.dot([0.3, -0.2], [h1, h2])
L.backward()
check(guess, p)

# %% [markdown]
# Two rows, one sum: 0.1 and 0.45 make 0.55. So `p` gets the *weighted sum* of what the next layer
# sends. An answer in the thread says "the set of" those gradients. It is tempting, as several do
# arrive. But a set is not a number; the nudge line above says 0.55, their sum.
#
# Now the way on, into the four. Raise x2 a little, and `p` rises by as much. Raise x4 a little, and
# `p` does not move: 1.5 is still not the largest.

# %%
assert np.isclose(0.3 * 1.5 + (-0.2) * (-0.5), 0.55)
assert np.isclose(p.grad, 0.55)
assert np.allclose([x1.grad, x2.grad, x3.grad, x4.grad], [0, 0.55, 0, 0])
draw(L)

# %% [markdown]
# That is the whole rule: **the winner has slope 1, everybody else has slope 0.** So there *is* a
# derivative, wherever one number is larger than the others. It is not one number but a list, with
# a single 1 in it: here 0, 1, 0, 0.
#
# ## A grid: window, winner, mask
#
# A 4 by 4 image in windows of 2 by 2. The gradients 1, 2, 3, 4 arrive at the four pooled cells.
# Predict the gradient of the cell with the 7, in the third row and the third column.

# %%
guess = None  # put your number here

image = Tensor([[[1.0, 2, 5, 0], [4, 3, 1, 1], [0, 2, 7, 3], [8, 1, 2, 6]]], requires_grad=True)
pooled = max_pool2d(image, kernel_size=2)
pooled.backward([[[1.0, 2], [3, 4]]])
check(guess, image, (0, 2, 2))

# %% [markdown]
# Four windows, four winners, and only they get something. Click the box `pooled`: a card opens
# below. Point at one of the cells in it, and its window lights up, with a dot on the winner. Click
# `image`: all the dots together are the **mask**.

# %%
assert image.grad[0].tolist() == [[0, 0, 2, 0], [1, 0, 0, 0], [0, 0, 4, 0], [3, 0, 0, 0]]
step(pooled, at=3)

# %% [markdown]
# Every channel, and every image of a batch, has winners of its own. Below, 1 arrives at the first
# channel and 2 at the second. The 4 wins the one, the 7 the other. Nothing is mixed or averaged;
# only the gradients of *weights* are added over a batch.

# %%
channels = Tensor([[[1.0, 4], [3, 2]], [[2, 6], [7, 2]]], requires_grad=True)
max_pool2d(channels, kernel_size=2).backward([[[1.0]], [[2.0]]])
assert channels.grad.tolist() == [[[0, 1], [0, 0]], [[0, 0], [2, 0]]]
channels

# %% [markdown]
# ## A tie
#
# Two numbers are largest: 2 and 2. A gradient of 3 arrives. Predict what the *second* 2 gets.

# %%
guess = None  # put your number here

a, b, c = Value(1.0), Value(2.0), Value(2.0)
tied = ag.max(a, b, c)
tied.backward(3.0)
check(guess, c)

# %% [markdown]
# Read the nudge line: *up* it wins and the slope is 3, *down* nothing moves and the slope is 0.
# Somebody has to choose. Here **the first wins**, as in the max-pooling of PyTorch, JAX and
# TensorFlow; `ties="split"` shares equally. Both are sound. The next one is not.
#
# ## The mask that counts twice
#
# An answer in the thread takes the mask `x == max(x)`. It is tempting: one line, and right whenever
# one number is the largest. But at a tie *every* largest number gets all of it. Try it on the
# larger of x and x. That is x, so its slope is 1. And x times that is x squared: 6 at 3.

# %%
assert (a.grad, b.grad, c.grad) == (0, 3, 0)
mask = np.array([3.0, 3.0]) == max(3.0, 3.0)

x, y = Value(3.0), Value(3.0)
maximum(x, x).backward()
(y * maximum(y, y)).backward()  # the first factor alone brings 3
print("larger of x and x:  here", x.grad, "  with the mask", mask.sum())
print("x times that:       here", y.grad, "  with the mask", 3 + 3 * mask.sum())
assert (x.grad, y.grad) == (1.0, 6.0)
assert (mask.sum(), 3 + 3 * mask.sum()) == (2, 9)

# %% [markdown]
# Why is "the first" sound and "both" not? Look at the larger of 2x and 3x. On the left of 0 its
# slope is 2, on the right 3. And at 0? "The first" says 2, sharing says 2.5. The mask adds both: 5.

# %%
first, shared = Value(0.0), Value(0.0)
maximum(2 * first, 3 * first).backward()
ag.max(2 * shared, 3 * shared, ties="split").backward()
assert (first.grad, shared.grad) == (2.0, 2.5)

at = np.linspace(-1, 1, 101)
_, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
ax.plot(at, np.maximum(2 * at, 3 * at), "k", lw=4, label="the larger of 2x and 3x")
for slope, name, line in [(2, "first wins", "--"), (2.5, "shared", ":"), (5, "mask", "-.")]:
    ax.plot(at, slope * at, line, lw=2, label=f"slope {slope}, {name}")
ax.set(xlabel="x", ylim=(-5, 5))
_ = ax.legend()

# %% [markdown]
# A slope at a corner is a promise: "go there, and you rise by at least so much". The lines of 2 and
# 2.5 keep below the black one. **The mask's line runs above it** on the right: it promises 5 and
# gets 3. So at a tie the 1 may be shared out as you like, but it must stay a 1 in all.
#
# ## Windows that overlap
#
# Three numbers, 1, 3 and 2. One window has the first two, the next has the last two. Here are the
# slopes, one row per window, one column per number:

# %%
slopes = jacobian(lambda x: max_pool1d(x, 2, stride=1))(np.array([[1.0, 3, 2]])).reshape(2, 3)
print(slopes)
assert slopes.tolist() == [[0, 1, 0], [0, 1, 0]]

# %% [markdown]
# Two ones in the middle column: the 3 wins **both** windows. The same in a grid: a window of 2 by
# 2 moves by one cell, and the 5 in the middle wins the two upper windows. At these -1.4 and 0.8
# arrive. Predict its gradient.

# %%
guess = None  # put your number here

x = Tensor([[[3.0, 4, 2], [1, 5, 0], [8, 6, 4]]], requires_grad=True)
y = max_pool2d(x, kernel_size=2, stride=1)
y.backward([[[-1.4, 0.8], [0.2, 0.3]]])
check(guess, x, (0, 1, 1))
draw(y)

# %% [markdown]
# The winner of two windows **adds** what the two send: -1.4 + 0.8 = -0.6. It is easy to get wrong
# in code. Here is pooling backwards by hand, window by window, with `=` where `+=` belongs:

# %%
assert y.numpy()[0].tolist() == [[5, 5], [8, 6]]
assert np.isclose(x.grad[0, 1, 1], -1.4 + 0.8)
assert np.allclose(x.grad[0], [[0, 0, 0], [0, -0.6, 0], [0.2, 0.3, 0]])
wrong = np.zeros((3, 3))
for (i, j), arrives in np.ndenumerate([[-1.4, 0.8], [0.2, 0.3]]):
    window = x.numpy()[0, i : i + 2, j : j + 2]
    u, v = np.unravel_index(window.argmax(), (2, 2))
    wrong[i + u, j + v] = arrives
print(wrong)
assert wrong[1, 1] == 0.8

# %% [markdown]
# The second window wiped out the first: 0.8 in the middle, and the wrong sign. Every other cell is
# right, so such a bug lives long. ([Lesson 03](03_used_twice_add.ipynb) steps through it.)
#
# ## Average pooling beside it
#
# The 4 by 4 image again, and 8 arrives at each pooled cell. An average of four moves by a quarter
# if one of them moves. So everybody gets 2, and there is no winner:

# %%
average = avg_pool2d(image, kernel_size=2)
(largest,) = ag.gradients(pooled, [image], np.full((1, 2, 2), 8.0))
(shares,) = ag.gradients(average, [image], np.full((1, 2, 2), 8.0))
assert largest[0].tolist() == [[0, 0, 8, 0], [8, 0, 0, 0], [0, 0, 8, 0], [8, 0, 0, 0]]
assert np.all(shares == 2)
compare({"max": pooled, "average": average}, upstream=np.full((1, 2, 2), 8.0), at=-1)

# %% [markdown]
# **In three lines**
#
# - A maximum passes the whole gradient to the winner: slope 1 there, 0 elsewhere.
# - At a tie the first wins, or all share; the slopes sum to 1. A mask `x == max(x)` counts twice.
# - A cell that wins several windows adds what they send. An average gives everyone a part.
#
# <details><summary>For those who like symbols</summary>
#
# $p = \max_i x_i$ with the unique winner $w$: $\partial p/\partial x_i = [i = w]$. So
# $\partial L/\partial x_i = [i = w] \sum_j \delta_j w_j$, where the neurons $j$ read $p$.
#
# At a tie the valid choices are $g$ with $g_i \ge 0$, $\sum g_i = 1$ and $g_i = 0$ for losers: the
# subgradients, for which $g \cdot d \le \max(x + d) - \max(x)$ for every $d$. The mask has
# $\sum g_i = k$.
# </details>

# %% [markdown]
# **Try**
#
# 1. Nine cells, the largest in the centre. Windows of 3 by 3, `stride=1, padding=1`, and 1 arrives
#    everywhere. What does the centre get?
# 2. Pool a 3 by 3 image in windows of 2 by 2 with stride 2. What does its last column get?
# 3. Ask `check(0, image, (0, 0, 0))`. It is right: 0. Does it mean that the cell does not matter?
#
# <details><summary>Answers</summary>
#
# 1. 9: it wins all nine windows.
# 2. 0: no window reads it.
# 3. Only that a *small* nudge does not matter. Raise it from 1 to 9, and it wins.
# </details>

# %% [markdown]
# [Next: Pool into fully connected](05_pool_into_fully_connected.ipynb)
