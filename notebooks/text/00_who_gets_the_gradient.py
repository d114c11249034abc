# %% [markdown]
# # 00 Who gets the gradient?
#
# The gradients 2, 3 and 6 come back to three neurons. All three read the same two pooled values.
# What does each pooled value get? Do I add them? Multiply? Is it the same for both? And please:
# no wall of equations.
#
# About 5 minutes. No calculus.
#
# **Afterwards you can say** what each of the two gets, from whom, and why.

# %%
import autograd as ag
from autograd import Value
from autograd.viz import check, draw, step, why

# %% [markdown]
# *Just reading? All outputs are there. Running it? Shift+Enter runs a cell; where you see `guess
# = None`, put your number in first.*
#
# ## One wire
#
# A **gradient** is an exchange rate. "2 arrives at neuron n1" means: raise n1 by 1, and the loss
# rises by 2.
#
# This n1 is 0.5 times p1, minus 1 times p2. So raise p1 by 1: n1 rises by 0.5, and the loss by
# 0.5 times 2. That is 1, and it is the gradient of p1.

# %%
p1, p2 = Value(1.0), Value(2.0)
n1 = ag.dot([0.5, -1.0], [p1, p2])  # 0.5 times p1, plus -1 times p2
draw(n1, upstream=2.0)

# %% [markdown]
# Thin arrows: numbers going forward. Thick arrows: gradients coming back, dashed if negative.
# **On its way back, a gradient is multiplied by the weight of the wire**: 2 times 0.5 is 1, and 2
# times -1 is -2.
#
# ## Three wires
#
# Now all three neurons. Raise p1 by 1, and all three move: by 0.5, by 1 and by -0.25. And for each
# 1 that they move the loss moves by 2, by 3 and by 6. What does p1 get?

# %%
guess = None  # put your number here

n2 = ag.dot([1.0, 2.0], [p1, p2])
n3 = ag.dot([-0.25, 0.5], [p1, p2])
L = ag.dot([2.0, 3.0, 6.0], [n1, n2, n3])  # the rest of the network: it sends back 2, 3 and 6
L.backward()
check(guess, p1)

# %% [markdown]
# Read the table: one row per neuron, in the order in which they send. What arrived there
# (*upstream*), times the weight of the wire (*slope*), is what it *adds*. **Multiply along each
# wire, add where the wires meet.**
#
# Now p2. The same 2, 3 and 6, but its wires have the weights -1, 2 and 0.5. What does p2 get?

# %%
guess = None  # put your number here

check(guess, p2)

# %% [markdown]
# 2.5 and 7: **not the same**. Here is the whole picture. Six thick arrows end at the two pooled
# values, and each carries one of the numbers that are added:

# %%
assert p1.grad == 1.0 + 3.0 - 1.5 == 2.5
assert p2.grad == -2.0 + 6.0 + 3.0 == 7.0
draw(L)

# %% [markdown]
# ## "Just add them"
#
# 2 + 3 + 6 = 11 for everybody: that is the first thing one thinks of. `check` takes any guess, so
# let us ask it about 11:

# %%
check(11, p1)

# %% [markdown]
# 11 is tempting because it is half of the rule: the adding. When is it the whole rule? When every
# wire has the weight 1. Then the two pooled values do exactly the same, and both get 11:

# %%
q1, q2 = Value(1.0), Value(2.0)
m1, m2, m3 = q1 + q2, q1 + q2, q1 + q2
alike = ag.dot([2.0, 3.0, 6.0], [m1, m2, m3])
alike.backward()
assert (q1.grad, q2.grad) == (11.0, 11.0)
draw(alike)

# %% [markdown]
# ## The whole way
#
# Where do pooled values come from? Each is the **largest** pixel of its window. Raise that one a
# little, and the pooled value rises with it; raise another a little, and nothing happens.
#
# Two windows of three pixels, a and b. What does b2 get, the largest of its window?

# %%
guess = None  # put your number here

a1, a2, a3 = Value(0.5), Value(1.0), Value(-2.0)
b1, b2, b3 = Value(-1.0), Value(2.0), Value(1.5)
p1, p2 = ag.max(a1, a2, a3), ag.max(b1, b2, b3)
n1 = ag.dot([0.5, -1.0], [p1, p2])
n2 = ag.dot([1.0, 2.0], [p1, p2])
n3 = ag.dot([-0.25, 0.5], [p1, p2])
L = ag.dot([2.0, 3.0, 6.0], [n1, n2, n3])
L.backward()
check(guess, b2)

# %% [markdown]
# Now watch it happen. The picture opens halfway back: n3 and n2 have sent, and p1 and p2 **wait**
# for n1. Press **Next**, or the right arrow key. **First** takes you to the start. Tick *predict*
# to be asked before you are shown; click any box to ask it why.

# %%
assert (a1.grad, a2.grad, a3.grad) == (0, 2.5, 0)
assert (b1.grad, b2.grad, b3.grad) == (0, 7, 0)
step(L, at=10)

# %% [markdown]
# A zero always has a reason, and you can ask for it. b3 is close behind the winner, 1.5 against 2.
# Why did it get nothing?

# %%
why(b3)

# %% [markdown]
# ## The answer
#
# 1. Each neuron sends every pooled value **its own gradient times the weight between them**.
# 2. A pooled value **adds** what it is sent: 1 + 3 - 1.5 = 2.5, and -2 + 6 + 3 = 7.
# 3. They differ because their weights differ; only if all weights were 1 would both get 11.
# 4. Pooling then hands the whole sum to **the winner**, and nothing to the others.
#
# And if the neurons end in a ReLU, or if another convolution reads the pooled values? Then the rule
# is the same. [Lesson 05](05_pool_into_fully_connected.ipynb) and [lesson
# 06](06_pool_into_convolution.ipynb) show it.

# %% [markdown]
# **In three lines**
#
# - A gradient is an exchange rate: how much the loss moves when this number moves.
# - Multiply along each wire; add where the wires meet.
# - A gradient is a sum. Ask for its addends, and of a zero ask why.
#
# <details><summary>For those who like symbols</summary>
#
# $n_i = \sum_j W_{ij}\, p_j$, so
# $\;\dfrac{\partial L}{\partial p_j} = \sum_i \dfrac{\partial L}{\partial n_i}\, W_{ij}$: the sum
# over the neurons $i$ of what arrives, times the weight.
# </details>

# %% [markdown]
# **Try**
#
# 1. What does p1 get if 2, 0 and 6 arrive instead of 2, 3 and 6?
# 2. Change one weight so that p1 gets exactly 0, though all three neurons send it something.
# 3. In the last example raise b3 from 1.5 to 3. Who gets the 7?
#
# <details><summary>Answers</summary>
#
# 1. 1 - 1.5 = -0.5.
# 2. For example the weight of p1 at n1: -0.75 instead of 0.5. Then -1.5 + 3 - 1.5 = 0.
# 3. b3: it is now the winner. b2 gets 0.
# </details>

# %% [markdown]
# **Where to go from here**
#
# New to all this? Go on with [01 Numbers that remember](01_numbers_that_remember.ipynb), [02 What
# each gate does](02_what_each_gate_does.ipynb) and [03 Used twice? Add](03_used_twice_add.ipynb).
#
# Came with a question? Pooling: [04](04_max_pool.ipynb),
# [05](05_pool_into_fully_connected.ipynb), [06](06_pool_into_convolution.ipynb). A CNN by hand:
# [07](07_the_worked_cnn.ipynb). ReLU chains: [08](08_relu_chains.ipynb). Optimisers:
# [11](11_choosing_an_optimiser.ipynb). LSTM windows: [12](12_windows_and_memory.ipynb). Biases:
# [13](13_how_many_biases.ipynb). Zero-centred: [14](14_why_zero_centred.ipynb).
#
# Want to see a network learn? [15](15_train_and_watch.ipynb), [16](16_a_whole_cnn.ipynb). Arrays,
# doubts, operations of your own, big graphs: [09](09_scalars_to_arrays.ipynb),
# [10](10_do_not_trust_check.ipynb), [17](17_your_own_operation.ipynb),
# [18](18_big_graphs.ipynb).
#
# [Next: Numbers that remember](01_numbers_that_remember.ipynb)
