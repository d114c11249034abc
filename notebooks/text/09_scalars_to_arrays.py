# %% [markdown]
# # 09 From scalars to arrays
#
# So far every number had a box of its own. A real network keeps its weights in a few arrays. Is
# that another kind of gradient? And when a small array is stretched to fit a large one, what comes
# back to it?
#
# About 12 minutes.
#
# **Afterwards you can say** what one box of an array graph stands for, why stretching goes back as
# a sum, and how numbers and arrays share a graph.

# %%
import matplotlib.pyplot as plt
import numpy as np

from autograd import Tensor, Value, cos, dot, relu, sin, stack
from autograd.viz import check, draw, expand, step, trace, why

# %% [markdown]
# ## A box for every number
#
# Two inputs, 1 and 2. Three neurons with ReLU read them, and one output reads the neurons. The
# truth is 3, the output says 1. The loss is half the square of the difference, so -2 arrives at the
# output. It reads the *second* neuron, which is on, with the weight -1. Predict what the first
# weight of this neuron gets; its input is 1.

# %%
guess = None  # put your number here

rows = [[0.5, -1.0], [1.0, 2.0], [-0.25, 0.5]]
w = [[Value(c, name=f"W[{i}, {j}]") for j, c in enumerate(row)] for i, row in enumerate(rows)]
b = [Value(c, name=f"b[{i}]") for i, c in enumerate([2.0, -1.0, 0.25])]
v = [Value(c, name=f"v[{i}]") for i, c in enumerate([2.0, -1.0, 4.0])]
h = [relu(dot(w[i], [1.0, 2.0]) + b[i]) for i in range(3)]
out = dot(v, h)
loss = 0.5 * (out - 3.0) ** 2
loss.backward()
check(guess, w[1][0])
draw(loss, parameters=[*w[0], *w[1], *w[2], *b, *v])

# %% [markdown]
# 2: -2 times -1, times 1. Every number and every gradient can be seen. But three neurons are
# already a crowd.
#
# ## A box for every array
#
# The same weights, now as three arrays. `@` multiplies a matrix with a vector: each row of W is
# one neuron.

# %%
x = np.array([1.0, 2.0])
W = Tensor(rows, requires_grad=True)
B = Tensor([2.0, -1.0, 0.25], requires_grad=True)
V = Tensor([2.0, -1.0, 4.0], requires_grad=True)
hidden = relu(W @ x + B)
output = V @ hidden
L = 0.5 * (output - 3.0) ** 2
L.backward()
draw(L, parameters=[W, B, V])

# %% [markdown]
# The same network and the same gradients, to the last digit:

# %%
assert L.item() == loss.data == 2.0
assert W.grad.tolist() == [[c.grad for c in row] for row in w] == [[-4, -8], [2, 4], [-8, -16]]
assert B.grad.tolist() == [c.grad for c in b] == [-4, 2, -8]
assert V.grad.tolist() == [c.grad for c in v] == [-1, -8, -2]
print("boxes:", len(trace(loss).items), "with scalars,", len(trace(L).items), "with arrays")
assert (len(trace(loss).items), len(trace(L).items)) == (34, 14)

# %% [markdown]
# So an array is nothing new, only many numbers in one box. With a thousand neurons there would be
# thousands of boxes with scalars, and still 14 with arrays.
#
# ## Open one cell
#
# And you can look into a box. Here is the second neuron, opened into the numbers behind it:

# %%
opened = expand(hidden, 1)
assert opened.data == hidden.numpy()[1] == h[1].data
draw(opened, upstream=hidden.grad[1])

# %% [markdown]
# It is the second neuron of the first picture, number for number. The names say from which array
# and which place a cell comes.
#
# ## Stretched
#
# Three samples, two numbers in each. One small array of two shifts is added to every sample. numpy
# calls it *broadcasting*: it acts as if the row of shifts were there three times.
#
# 1, 2 and 4 arrive at the first column of the result, 10, 20 and 40 at the second. Predict what the
# first shift gets.

# %%
guess = None  # put your number here

batch = Tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
shift = Tensor([0.5, -1.0], requires_grad=True)
moved = batch + shift
moved.backward([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]])
check(guess, shift, 0)

# %% [markdown]
# Three rows, one per sample: 1 + 2 + 4 = 7. It was *used three times*, and what is used three times
# adds, as always. Opened into scalars, nobody would wonder:

# %%
assert shift.grad.tolist() == [7.0, 70.0]
draw(expand((moved[:, 0] * [1.0, 2.0, 4.0]).sum()))

# %% [markdown]
# Three arrows leave `shift[0]`, so three come back. **What was copied going forward is added going
# back.** So a gradient always has the shape of its array.
#
# ## Stretched by accident
#
# Here a network says exactly the truth: 1, 2 and 3. Only, the truth is kept as a column. What
# gradient does the first number get?

# %%
guess = None  # put your number here

says = Tensor([1.0, 2.0, 3.0], requires_grad=True)
truth = np.array([[1.0], [2.0], [3.0]])
loss = 0.5 * ((says - truth) ** 2).sum()
loss.backward()
check(guess, says, 0)
draw(loss)

# %% [markdown]
# Not 0 but -3, and the loss is 6. The picture shows why: a row of 3 minus a column of 3 has become
# **3 by 3**, everybody compared with everybody. The 1 is pulled up towards the 2 and the 3. A
# network trained like this learns to give the mean as its answer to everything.
#
# The repair is one word, `ravel`. (The losses of `nn` refuse such shapes.)

# %%
assert (loss.item(), says.grad.tolist()) == (6.0, [-3.0, 0.0, 3.0])
assert (says - truth).shape == (3, 3)
says.zero_grad()
loss = 0.5 * ((says - truth.ravel()) ** 2).sum()
loss.backward()
assert (loss.item(), says.grad.tolist()) == (0.0, [0.0, 0.0, 0.0])
why(says, 0)

# %% [markdown]
# ## Both in one graph
#
# Numbers and arrays need not live apart. One `Value`, an angle, makes the four cells of a matrix.
# The matrix turns two points about the middle. They should end up a quarter turn further on.
#
# The angle is 0 now. The picture opens on the way back, at the matrix. Press **Next**: where do the
# gradients of the array become single numbers?

# %%
points = np.array([[2.0, 0.0], [0.0, 1.0]])
goal = np.array([[0.0, 2.0], [-1.0, 0.0]])
angle = Value(0.0)
c, s = cos(angle), sin(angle)
turn = stack([c, s, -s, c]).reshape((2, 2))
turned = points @ turn
distance = 0.5 * ((turned - goal) ** 2).sum()
distance.backward()
step(distance, at=17)

# %% [markdown]
# At `stack`. Going forward it takes four numbers in, so going back it hands four out, one to each.
# The cosine was used twice, so it adds two of them.
#
# Predict the gradient of the angle. -5 arrives at the sine, 5 at the cosine. At the angle 0 the
# slope of the sine is 1, that of the cosine 0.

# %%
guess = None  # put your number here

check(guess, angle)

# %% [markdown]
# Minus: turn further, and the distance falls. Let it train for twenty steps. The two points are
# drawn as the hands of a clock:

# %%
assert (s.grad, c.grad, angle.grad) == (-5.0, 5.0, -5.0)
_, ax = plt.subplots(figsize=(4.6, 4), layout="constrained")
for _ in range(20):
    turn = stack([cos(angle), sin(angle), -sin(angle), cos(angle)]).reshape((2, 2))
    turned = points @ turn
    angle.zero_grad()
    (0.5 * ((turned - goal) ** 2).sum()).backward()
    angle.data -= 0.1 * angle.grad
    ax.plot(*np.insert(turned.numpy(), 1, 0.0, axis=0).T, "o-", color="grey", alpha=0.5)
ax.plot(*goal.T, "kx", markersize=10, label="goal")
ax.set_aspect("equal")
ax.legend()
print("angle:", round(np.degrees(angle.data), 2), "degrees")
assert np.isclose(angle.data, np.pi / 2, atol=1e-3)

# %% [markdown]
# The hands arrive at 90 degrees. From one number through an array to one number, and back: one
# graph, one rule.

# %% [markdown]
# **In three lines**
#
# - An array is many numbers in one box; the gradients are those of the numbers, and any cell can
#   be opened.
# - What is stretched going forward is added going back, so a gradient has the shape of its array.
# - A `Value` to see, a `Tensor` to run; both may stand in one graph.
#
# <details><summary>For those who like symbols</summary>
#
# Broadcasting $b_j$ over $i$ gives $y_{ij} = x_{ij} + b_j$, so $\partial L/\partial b_j = \sum_i
# G_{ij}$ with $G = \partial L/\partial y$: the sum over the axes that were stretched.
#
# For $z = Wx$: $\partial L/\partial W = g x^T$ and $\partial L/\partial x = W^T g$ with $g =
# \partial L/\partial z$. Each cell of these is "multiply along the path, add over the paths".
# </details>

# %% [markdown]
# **Try**
#
# 1. Make `shift` a column of three, `[[0.5], [-1.0], [2.0]]`. Predict its gradient.
# 2. Forget the sum: what shape has `shift.numpy() - 0.1 * moved.grad`? Why is there no error?
# 3. Open the whole loss of the second network: `draw(expand(L))`. Which picture is it?
#
# <details><summary>Answers</summary>
#
# 1. It is stretched along the rows: 11, 22 and 44.
# 2. 3 by 2: it was stretched once more. Now every sample has a shift of its own, and a batch of
#    another size will fail far away from the mistake.
# 3. The first one, box for box.
# </details>

# %% [markdown]
# [Next: Do not trust, check](10_do_not_trust_check.ipynb)
