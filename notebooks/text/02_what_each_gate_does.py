# %% [markdown]
# # 02 What each gate does going back
#
# They say that every operation has its own little rule for the way back, and that backpropagation
# is nothing else. What are the rules? Do I have to learn them by heart?
#
# About 12 minutes.
#
# **Afterwards you can say** what add, multiply, max, ReLU and friends do with a gradient, and
# find out the rule of any operation by a nudge.

# %%
import matplotlib.pyplot as plt
import numpy as np

import autograd as ag
from autograd import Value, maximum
from autograd.viz import check, compare, draw, step, why

# %% [markdown]
# ## One game, many gates
#
# Each time the same game: the inputs are 3 and -2, and a gradient of 5 arrives at the result. "5
# arrives" means: each 1 that the result rises is worth 5.
#
# Ask: *if I raise this input by 1, how far does the result move?* That is the gate's slope. Times
# 5, and you have the gradient. Change the numbers and play again as often as you like.
#
# ## Add
#
# The result is a + b. What does a get?

# %%
guess = None  # put your number here

a, b = Value(3.0), Value(-2.0)
added = a + b
added.backward(5.0)
check(guess, a)

# %% [markdown]
# Tempting: halve it, as there are two inputs. But raise a by 1, and the sum rises by a whole 1;
# raise b, and it does as well. **Add copies**: everybody gets all of it. What the inputs *are*
# does not matter.
#
# ## Multiply
#
# Now the result is a times b. What does a get this time?

# %%
guess = None  # put your number here

a, b = Value(3.0), Value(-2.0)
product = a * b
product.backward(5.0)
check(guess, a)

# %% [markdown]
# Tempting: the larger input gets more. It is the other way round! Raise a by 1, and you have one
# more *b*: -2. **Multiply swaps**: each gets 5 times the *other* one.
#
# Both gates side by side. They are shown at the end; press **Back** to see how it came about:

# %%
assert (a.grad, b.grad) == (-10.0, 15.0)
added, product = a + b, a * b
compare({"add copies": added, "multiply swaps": product}, upstream=5.0, at=-1)

# %% [markdown]
# So a weight whose input is 0 gets no gradient, and a weight whose input is huge gets a huge one.
# That explains a lot of what happens in training.
#
# ## Max
#
# The result is the larger of the two. What does b get?

# %%
guess = None  # put your number here

a, b = Value(3.0), Value(-2.0)
larger = maximum(a, b)
larger.backward(5.0)
check(guess, b)
draw(larger)

# %% [markdown]
# **Max routes**: the winner, with the dot, gets all, the loser nothing. b lost by 5; a *small*
# nudge does not help it. (That does not make it unimportant: raise it by 6, and it wins.)
#
# ## ReLU
#
# One input now. ReLU keeps what is positive and makes 0 of the rest. Put a in one ReLU, and b in
# another. 5 arrives at both results. b is -2; what does it get?

# %%
guess = None  # put your number here

a, b = Value(3.0), Value(-2.0)
opened, shut = a.relu(), b.relu()
opened.backward(5.0)
shut.backward(5.0)
check(guess, b)

# %% [markdown]
# **ReLU gates.** Above 0 the gate is open, and the 5 passes as it is. Below 0 it is shut. Exactly
# at 0 somebody has to choose; here it is shut, as in PyTorch.
#
# ## Gates that are half open
#
# tanh and sigmoid are never quite open and never quite shut. How wide they are depends on the
# input. Put in 0, and nudge: a sigmoid rises by a quarter of the nudge. What is left of the 5?

# %%
guess = None  # put your number here

assert (a.grad, b.grad) == (5.0, 0.0)  # open, and shut
x = Value(0.0)
squeezed = x.sigmoid()
squeezed.backward(5.0)
check(guess, x)

# %%
assert x.grad == 1.25
at = ag.Tensor(np.linspace(-6, 6, 241), requires_grad=True)
_, ax = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
for gate, line in [(ag.relu, "-"), (ag.tanh, "--"), (ag.sigmoid, ":")]:
    (passes,) = ag.gradients(gate(at), [at], np.full(241, 5.0))
    ax.plot(at.numpy(), passes, line, lw=2.5, label=gate.name)
ax.set(xlabel="input", ylabel="what passes of 5", ylim=(-0.3, 5.6))
_ = ax.legend()

# %% [markdown]
# The plot has the same for all inputs. ReLU: all or nothing. tanh: all of it at 0, hardly any
# beyond 3. The sigmoid **never lets more than a quarter pass**: after ten of them in a row, less
# than a millionth is left.
#
# ## Everybody at once
#
# A mean of four moves by a quarter if one of them moves. So of 8, what does each get?

# %%
guess = None  # put your number here

a, b, c, d = Value(1.0), Value(4.0), Value(2.0), Value(5.0)
average = ag.total([a, b, c, d]) / 4
average.backward(8.0)
check(guess, a)

# %% [markdown]
# A mean **shares equally**; the sum of the four would have copied 8 to each.
#
# ## The cards
#
# Every operation carries its sentence with it. Here is what a gets from some of them: a is 3, b is
# -2, and 5 arrives. Cover the numbers with your hand, and try.

# %%
assert a.grad == b.grad == c.grad == d.grad == 2
a, b = Value(3.0), Value(-2.0)
gates = [a + b, a - b, a * b, a / b, a**2, maximum(a, b), ag.minimum(a, b), -a, abs(a), a.tanh()]
for gate in gates:
    card = why(a, root=gate, upstream=5.0)
    print(f"{card.total:8.4g}   {card.says[0]}")
assert [why(a, root=gate, upstream=5.0).total for gate in gates[:6]] == [5, 5, -10, -2.5, 30, 5]

# %% [markdown]
# Do not learn them by heart. Each is an answer to the same question: *how far does the result move
# if I raise this input a little?*
#
# ## A whole circuit
#
# Now the gates in a row. A neuron with two inputs: multiply, multiply, add, ReLU; then squared.
# The products are 3 and -4. With the bias 2 the sum is 1, and its square is 1. Begin at the end,
# where a 1 arrives, and go back one gate at a time. What does w1 get?

# %%
guess = None  # put your number here

x1, x2 = Value(2.0), Value(-1.0)
w1, w2, bias = Value(1.5), Value(4.0), Value(2.0)
left, right = w1 * x1, w2 * x2
z = ag.total([left, right, bias])
h = z.relu()
loss = h**2
loss.backward()
check(guess, w1)

# %% [markdown]
# 1, times 2 at the square, times 1 at the open ReLU, copied by the add, times x1, which is 2: 4.
# For the other four step through it. *predict* is on: you are asked before each number is shown.

# %%
assert (left.data, right.data, z.data, loss.data) == (3.0, -4.0, 1.0, 1.0)
assert (w1.grad, w2.grad, bias.grad) == (4.0, -2.0, 2.0)
assert (x1.grad, x2.grad) == (3.0, 8.0)
step(loss, parameters=[w1, w2, bias], predict=True)

# %% [markdown]
# **In three lines**
#
# - Add copies, multiply swaps, max routes, ReLU gates, mean shares.
# - Each rule is a slope: how far the result moves if this input moves. Times what arrives.
# - A gate knows only its own inputs and what arrives. Backpropagation is one gate after the
#   other.
#
# <details><summary>For those who like symbols</summary>
#
# With $g = \partial L / \partial y$ arriving at the result:
#
# | $y$ | to $a$ | to $b$ |
# | --- | --- | --- |
# | $a + b$ | $g$ | $g$ |
# | $a\,b$ | $g\,b$ | $g\,a$ |
# | $\max(a, b)$ | $g\,[a \ge b]$ | $g\,[a < b]$ |
# | $\mathrm{relu}(a)$ | $g\,[a > 0]$ | |
# | $\sigma(a)$ | $g\,y\,(1 - y)$ | |
# </details>

# %% [markdown]
# **Try**
#
# 1. Subtract: a - b, and 5 arrives. What does b get, and why the minus?
# 2. In the circuit make the bias -2. Predict all five gradients before you run it.
# 3. Which input of `a * b` gets more, 100 or 0.01? What does that mean for inputs that are not
#    scaled?
#
# <details><summary>Answers</summary>
#
# 1. -5: raise b by 1, and the difference falls by 1.
# 2. All 0: z is -3, the ReLU is shut, and nothing passes it.
# 3. 0.01: it gets 100 times what arrives. The weights of large inputs get large steps.
# </details>

# %% [markdown]
# [Next: Used twice? Add](03_used_twice_add.ipynb)
