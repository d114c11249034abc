# %% [markdown]
# # 05 Pool into fully connected
#
# Max-pooling sends its gradient to the winner, fine. But where does the gradient *of the pooled
# value* come from? If the next layer is fully connected and 2, 3 and 6 arrive there, do I just add
# them? Would every pooled value then have the same?
#
# About 15 minutes.
#
# **Afterwards you can say** why two pooled values that feed the same neurons get different
# gradients, and what must be said about "2, 3, 6" before anybody can compute.

# %%
import numpy as np

import autograd as ag
from autograd import Tensor, Value, matmul, max_pool2d, relu, sigmoid
from autograd.viz import check, draw, step, why

# %% [markdown]
# ## One neuron first
#
# Two pooled values, p1 and p2, are 1 and 2. One neuron reads both, with the weights 0.5 and -1. The
# gradient 2 arrives at the neuron. What does p1 get? Ask with a nudge: raise p1 by 0.01, and the
# neuron rises by half of that.

# %%
guess = None  # put your number here

p1, p2 = Value(1.0), Value(2.0)
w11, w12 = Value(0.5), Value(-1.0)
h1 = ag.dot([w11, w12], [p1, p2])
h1.backward(2.0)
check(guess, p1)
draw(h1, parameters=[w11, w12])

# %% [markdown]
# One neuron, one gradient, and already the two pooled values differ: p1 gets 2 times 0.5, and p2
# gets 2 times -1. **A weight sits on each wire**, and the gradient is multiplied by it on the way
# back.
#
# ## Three neurons: 2, 3, 6
#
# Now all three. The thread gives no weights, so these are ours: 1 and 2 for the second neuron,
# -0.25 and 0.5 for the third. 2, 3 and 6 arrive. Predict what p1 gets.

# %%
guess = None  # put your number here

assert (p1.grad, p2.grad) == (1, -2)  # from the one neuron
w21, w22, w31, w32 = Value(1.0), Value(2.0), Value(-0.25), Value(0.5)
h2 = ag.dot([w21, w22], [p1, p2])
h3 = ag.dot([w31, w32], [p1, p2])
p1.zero_grad()
p2.zero_grad()
L = ag.dot([2.0, 3.0, 6.0], [h1, h2, h3])
L.backward()
check(guess, p1)

# %% [markdown]
# Three rows, one per neuron: **multiply along each wire, add where the wires meet.**
#
# And p2? The same 2, 3 and 6 come up to it, but over the weights -1, 2 and 0.5. In the picture a
# thick wire carries much, and a dashed one carries a minus:

# %%
assert p1.grad == 2.0 * 0.5 + 3.0 * 1.0 + 6.0 * (-0.25) == 2.5
assert p2.grad == 2.0 * (-1.0) + 3.0 * 2.0 + 6.0 * 0.5 == 7.0
draw(L, parameters=[w11, w12, w21, w22, w31, w32])

# %% [markdown]
# p2 gets -2 + 6 + 3 = 7. The same three neurons, the same 2, 3 and 6, and not the same gradient.
#
# ## "Just add them"
#
# 2 + 3 + 6 = 11, for every pooled value: that is what the asker feared. It is tempting, as "add"
# is half of the truth. When is it the whole truth? If every weight is 1:

# %%
P = Tensor([1.0, 2.0], requires_grad=True)
alike = matmul(np.ones((3, 2)), P)
alike.backward([2.0, 3.0, 6.0])
assert P.grad.tolist() == [11.0, 11.0]
why(P)

# %% [markdown]
# So it takes a network in which all wires are alike. Then the two pooled values do the same thing,
# and of course they get the same.
#
# ## As one matrix
#
# The six weights make an array, one row per neuron, one column per pooled value. Going forward,
# each neuron reads its **row**. Going back, each pooled value reads its **column**.

# %%
W = Tensor([[0.5, -1.0], [1.0, 2.0], [-0.25, 0.5]], requires_grad=True)
P = Tensor([1.0, 2.0], requires_grad=True)
fc = matmul(W, P)
fc.backward([2.0, 3.0, 6.0])
assert P.grad.tolist() == [2.5, 7.0]
assert P.grad.tolist() == (W.numpy().T @ [2.0, 3.0, 6.0]).tolist()
draw(fc)

# %% [markdown]
# The same numbers as in the picture with single values, in two boxes. That is what people mean by
# "multiply by the transposed weights": read columns instead of rows.
#
# ## With ReLU, what does "2, 3, 6" mean?
#
# Let each neuron end in a ReLU, and let 2, 3, 6 arrive behind it. The neurons' sums were -1.5, 5
# and 0.75. Predict what the first pooled value gets.

# %%
guess = None  # put your number here

P = Tensor([1.0, 2.0], requires_grad=True)
z = matmul(W, P)
out = relu(z)
out.backward([2.0, 3.0, 6.0])
check(guess, P, 0)
draw(out)

# %% [markdown]
# The first neuron's ReLU is shut. Its 2 stops there, so its weights bring nothing: 1.5 and 9
# instead of 2.5 and 7.
#
# "The gradients of the layer are 2, 3, 6" can mean *behind* the ReLU or *in front of* it. The
# thread does not say which. **It must be said**, as the two give different answers:

# %%
assert z.numpy().tolist() == [-1.5, 5, 0.75]
(behind,) = ag.gradients(out, [P], [2.0, 3.0, 6.0])
(in_front,) = ag.gradients(z, [P], [2.0, 3.0, 6.0])
print("2, 3, 6 arrive behind the ReLU:", behind, "  in front of it:", in_front)
assert behind.tolist() == [1.5, 9.0]
assert in_front.tolist() == [2.5, 7.0]

# %% [markdown]
# A sigmoid is never quite open and never quite shut; its slope lies between 0 and a quarter. So 2,
# 3 and 6 first become smaller, each by its own slope. Let them arrive behind sigmoids:

# %%
P = Tensor([1.0, 2.0], requires_grad=True)
z = matmul(W, P)
out = sigmoid(z)
out.backward([2.0, 3.0, 6.0])
assert np.allclose(P.grad, [-0.15775187, 0.39528042], atol=1e-8, rtol=0)
print("2, 3, 6 have become", z.grad.round(4))
why(P, 0)

# %% [markdown]
# The 3 has become 0.02: the second neuron's sum is 5, and there a sigmoid is almost flat. So the
# third neuron decides, and its weight is negative. The same 2, 3 and 6, and now even the *sign* of
# the first gradient is another: -0.158 instead of 2.5.
#
# ## With the pooling in front
#
# Now the whole way. An image of 2 by 4 is pooled in two windows; no ReLU. The winners are 4 and 7.
# Predict what the 7 gets.

# %%
guess = None  # put your number here

PR = Tensor([[[1.0, 4, 2, 0], [3, 2, 7, 5]]], requires_grad=True)
pooled = max_pool2d(PR, kernel_size=2)
P = pooled.flatten()
fc = matmul(W, P)
fc.backward([2.0, 3.0, 6.0])
check(guess, PR, (0, 1, 2))

# %% [markdown]
# What arrives at the pooled values depends only on the weights and on 2, 3, 6, so it is 2.5 and 7
# again. Then the pooling hands each on to the winner of its window. Press **Back** to see the step
# before:

# %%
assert P.numpy().tolist() == [4.0, 7.0]
assert P.grad.tolist() == [2.5, 7.0]
assert PR.grad[0].tolist() == [[0, 2.5, 0, 0], [0, 0, 7, 0]]
step(fc, parameters=[W], at=7)

# %% [markdown]
# The thread's answer writes pooling with weights, one from each cell to the maximum. It is
# tempting, as then every layer looks alike. But there is nothing to learn in it: the weight is the
# number 1 for the winner and 0 for the others.
#
# So the two layers share the work. The fully connected one **weighs and adds**, the pooling **hands
# on**.

# %% [markdown]
# **In three lines**
#
# - A pooled value gets, from each neuron, what arrives there times the weight of the wire; then it
#   adds.
# - It is the plain sum, 11 for everybody, only if all weights are 1. Weights differ, so gradients
#   do.
# - Say where 2, 3, 6 arrive: behind the activation its slope comes in, in front of it it does not.
#
# <details><summary>For those who like symbols</summary>
#
# $h_i = f(z_i)$, $z_i = \sum_j W_{ij} P_j$ and $P_j = \max_{k \in \mathrm{window}\,j} x_k$. Then
#
# $$\frac{\partial L}{\partial P_j} = \sum_i \frac{\partial L}{\partial h_i}\, f'(z_i)\, W_{ij},
# \qquad \frac{\partial L}{\partial x_k} = [k \text{ wins } j]\, \frac{\partial L}{\partial P_j}.$$
#
# With $\delta_i = \partial L/\partial z_i$ given, $f'$ is already in it.
# </details>

# %% [markdown]
# **Try**
#
# 1. 2, 3 and 6 arrive, and p1 gets exactly 0, though none of its weights is 0. Find such weights.
# 2. What does the weight -1 get in the picture with three neurons? Look, then explain.
# 3. Make the 4 in `PR` a 3, so that it ties with the 3 below it. Who gets 2.5?
#
# <details><summary>Answers</summary>
#
# 1. For example 3, -4 and 1: 6 - 12 + 6. Three wishes that cancel.
# 2. 4: what arrives at its neuron, 2, times the pooled value on its wire, 2.
# 3. The upper 3: it comes first.
# </details>

# %% [markdown]
# [Next: Pool into another convolution](06_pool_into_convolution.ipynb)
