# %% [markdown]
# # 06 Pool into another convolution
#
# The layer behind my max-pooling is a convolution. A pooled value in the corner is read by one
# window only, one in the middle by several. What is its gradient: are the contributions
# multiplied together, or added?
#
# About 15 minutes.
#
# **Afterwards you can say** which windows send to a pooled value, what each sends, and why a
# convolution is a fully connected layer with most wires cut.

# %%
import numpy as np

from autograd import Tensor, conv2d, jacobian, max_pool2d
from autograd.viz import check, draw, step

# %% [markdown]
# ## Who reads whom?
#
# A pooled map has 3 by 3 cells. A kernel of 2 by 2 slides over it, so there are four windows. Count
# before you compute: how many of them read the cell in the middle?
#
# A kernel of ones can count for us. All slopes are 1, and let 1 arrive at each window. Then each
# cell gets 1 from every window that reads it.

# %%
guess = None  # put your number here

cells = Tensor(np.zeros((1, 3, 3)), requires_grad=True)
windows = conv2d(cells, np.ones((1, 1, 2, 2)))
windows.backward(np.ones((1, 2, 2)))
check(guess, cells, (0, 1, 1))
cells

# %% [markdown]
# **Corner 1, edge 2, middle 4.** That is all that the place of a cell decides: how many windows
# send to it, and so how many rows its table has.
#
# ## The corner: one window
#
# Now a real kernel: 1, 2 and below them 3, 4. At the four windows arrive 10, 20 and below them 30,
# 40. The corner at the upper right is read by one window, the one where 20 arrives. Predict the
# corner's gradient.

# %%
guess = None  # put your number here

assert cells.grad[0].tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]  # the count
P = Tensor([[[1.0, 0, 2], [0, 1, 1], [2, 1, 0]]], requires_grad=True)
K = Tensor([[[[1.0, 2], [3, 4]]]])
out = conv2d(P, K)
out.backward([[[10.0, 20], [30, 40]]])
check(guess, P, (0, 0, 2))

# %% [markdown]
# 40, not 20. In the thread the asker says: take the gradient of the one window that reads the
# corner, and route it back; right? "Right", says the answer. It is tempting, as there is only one
# window and nothing to add. But the corner is read *through a weight*, the 2 at the upper right of
# the kernel.
#
# Two lines settle it. Raise the corner by 1: how much does that window rise?

# %%
raised = P.numpy()
raised[0, 0, 2] += 1
print("the windows rise by", (conv2d(raised, K) - out).numpy().tolist())
assert (conv2d(raised, K) - out).numpy().tolist() == [[[0, 2], [0, 0]]]
assert P.grad[0, 0, 2] == 20 * 2 == 40

# %% [markdown]
# By 2. And each 1 that this window rises is worth 20: that makes 40.
#
# ## The edge: multiply or add?
#
# The cell in the middle of the left edge is read by two windows. In the upper one it lies under
# the 3, and 10 arrives there. In the lower one it lies under the 1, and 30 arrives there. Predict
# what the cell gets.

# %%
guess = None  # put your number here

check(guess, P, (0, 1, 0))

# %% [markdown]
# Both words were right, each in its place. **Multiply along each wire**: 10 times 3 is 30, and 30
# times 1 is 30. **Add over the windows**: 60.
#
# "Multiply together" would be 30 times 30 = 900. The nudge line knows: raise the cell by 0.01,
# and the whole rises by 0.6, not by 9.
#
# In the cell in the middle all four windows meet, and each has another of the four weights over it.
# Predict that one, too. The picture below has all nine.

# %%
guess = None  # put your number here

assert P.grad[0, 1, 0] == 10 * 3 + 30 * 1 == 60
assert (10 * 3) * (30 * 1) == 900
check(guess, P, (0, 1, 1))
draw(out)

# %% [markdown]
# 40 + 60 + 60 + 40 = 200: four windows, four weights, one sum.
#
# ## The weights of the kernel
#
# The kernel learns, too. Its weight 1 lay over the upper left cell of each window; those four cells
# are 1, 0, 0 and 1. So the weight is used four times. Predict its gradient.
#
# This time with the pooling in front: the nine cells are the winners of an image of 6 by 6.

# %%
guess = None  # put your number here

assert P.grad[0, 1, 1] == 10 * 4 + 20 * 3 + 30 * 2 + 40 * 1 == 200  # the middle
pixels = np.full((1, 6, 6), -1.0)
pixels[:, ::2, ::2] = P.numpy()  # the winners; all others are -1
image = Tensor(pixels, requires_grad=True)
P = max_pool2d(image, kernel_size=2)
K = Tensor([[[[1.0, 2], [3, 4]]]], requires_grad=True)
out = conv2d(P, K)
out.backward([[[10.0, 20], [30, 40]]])
check(guess, K, (0, 0, 0, 0))

# %% [markdown]
# The same rule once more, with the two sides swapped: now the cells are the slopes.
#
# Below, the convolution is just sending to `P` and to `K`. Click the box `K`: a card opens. Point
# at one weight in it, and **all its uses light up**, even those where it met a 0. Click `P` and
# point at a cell: you see which windows read it, and which pixel it came from.

# %%
assert P.grad[0].tolist() == [[10, 40, 40], [60, 200, 160], [90, 240, 160]]
assert image.grad[0, ::2, ::2].tolist() == P.grad[0].tolist()
assert image.grad.sum() == P.grad.sum()  # the losers got nothing
step(out, parameters=[K], at=4)

# %% [markdown]
# ## A fully connected layer with most wires cut
#
# Lay the nine cells in a row, and write the weights of each window into a row of nine. A cell that
# the window does not read has the weight 0:

# %%
wires = jacobian(lambda p: conv2d(p, K.numpy()))(P.numpy()).reshape(4, 9)
print(wires.astype(int))
back = wires.T @ [10, 20, 30, 40]
print("read by columns:", back.astype(int))
assert back.tolist() == [10, 40, 40, 60, 200, 160, 90, 240, 160]
assert np.count_nonzero(wires, axis=0).tolist() == [1, 2, 1, 2, 4, 2, 1, 2, 1]
assert (wires == 0).sum() == 20

# %% [markdown]
# A row for each window, a column for each cell, as in the last lesson. And the rule is the same:
# going back, each cell reads its **column**. Only, 20 of the 36 wires are cut, and the other 16
# share four weights.
#
# ## The kernel turns round
#
# Read the columns again, from the side of a cell. The window *up and to the left* of it has it
# under its *lower right* weight, 4. The window down and to the right has it under the upper left
# one, 1. So what comes back is again a convolution, with a border of zeros around the gradients and
# the kernel turned by half a circle. With the kernel straight it comes out wrong:

# %%
border = np.pad([[[10.0, 20], [30, 40]]], ((0, 0), (1, 1), (1, 1)))
kernel = K.numpy()
turned = conv2d(border, kernel[:, :, ::-1, ::-1])
straight = conv2d(border, kernel)
print("turned:    ", turned[0].astype(int).tolist())
print("not turned:", straight[0].astype(int).tolist())
assert np.array_equal(turned, P.grad)
assert not np.array_equal(straight, P.grad)

# %% [markdown]
# **In three lines**
#
# - Each window that reads a cell sends: what arrives at the window, times the weight over the
#   cell.
# - Multiply along each wire, add over the windows. One window or four: the same rule.
# - A convolution is a fully connected layer with most wires cut and shared weights.
#
# <details><summary>For those who like symbols</summary>
#
# $o_{ij} = \sum_{uv} K_{uv} P_{i+u,\,j+v}$ and $G = \partial L/\partial o$. Then
#
# $$\frac{\partial L}{\partial P_{ab}} = \sum_{ij} G_{ij}\, K_{a-i,\,b-j}, \qquad
# \frac{\partial L}{\partial K_{uv}} = \sum_{ij} G_{ij}\, P_{i+u,\,j+v},$$
#
# where terms with an index outside the kernel are 0. In the first sum the index of $K$ runs
# backwards: that is the turned kernel.
# </details>

# %% [markdown]
# **Try**
#
# 1. Predict the gradient of the upper left corner of `P`. Which weight, which window?
# 2. Use `stride=2` with a map of 4 by 4. How many windows read each cell now?
# 3. For which kernels does it not matter whether one turns them?
#
# <details><summary>Answers</summary>
#
# 1. 10: the weight 1, and the first window, where 10 arrives.
# 2. One each: the windows no longer overlap.
# 3. For those that look the same after half a turn, such as all ones. That is why a test should
#    not use one.
# </details>

# %% [markdown]
# [Next: The worked network](07_the_worked_cnn.ipynb)
