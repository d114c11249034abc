# %% [markdown]
# # 08 Chains of ReLU
#
# My networks are chains: one, two or three layers, one ReLU neuron in each. The cost is half the
# square of (y minus what the net says). I wrote down the derivatives; are they right? And how does
# ReLU keep gradients from vanishing?
#
# About 15 minutes.
#
# **Afterwards you can say** what the gradient picks up in each layer of a chain, why one lost
# minus is worse than no training, and what ReLU does and does not cure.

# %%
import matplotlib.pyplot as plt
import numpy as np

from autograd import Value, equal, grad, greater, operation, relu, sigmoid
from autograd.viz import check, draw, step

# %% [markdown]
# ## One layer
#
# The input x is 2, the truth y is 3. The only weight is 0.5, so the net says 1, the ReLU of 0.5
# times 2. Too little, by 2.
#
# The asker's gradient of w1 is **(y minus what the net says) times x**: 2 times 2, so 4. What do
# you say?

# %%
guess = None  # put your number here

x, w1 = Value(2.0), Value(0.5)
yhat = relu(w1 * x)
error = 3.0 - yhat
C = 0.5 * error**2
C.backward()
check(guess, w1)
draw(C, parameters=[w1])

# %% [markdown]
# It is **-4**. The nudge needs no formula: raise w1, and the net says more, as it should; so the
# cost falls.
#
# The asker's 4 is tempting, as its size is right. But look at the last line of the card: one slope
# on the way is -1, as what the net says is *taken away* from y. In the picture, +2 turns into -2
# there.
#
# ## Two layers
#
# The weights are counted from the end: w1 is last. In front of it now comes a layer with w2 = 4.
# The net says 4, too much by 1. The asker's gradient of w2 is (y minus what the net says) times w1
# times x: -1. And yours?

# %%
guess = None  # put your number here

assert (yhat.data, C.data, w1.grad, x.grad) == (1.0, 2.0, -4.0, -1.0)  # one layer
asker = error.data * x.data
assert asker == 4.0

x, w1, w2 = Value(2.0), Value(0.5), Value(4.0)
h2 = relu(w2 * x)
yhat = relu(w1 * h2)
error = 3.0 - yhat
C = 0.5 * error**2
C.backward()
check(guess, w2)

# %% [markdown]
# 1, not -1: the sign again. And w1 gets 8, as 1 arrives at its layer, and 8 comes in from the layer
# before. **A weight is multiplied by the input of its own layer.** That is x only in the first one.
#
# ## Three layers
#
# One more layer in front, with w3 = 1.5. The net says 6, too much by 3. Predict what w3 gets.
#
# The picture opens where the sign turns: -3 has come to `error`, and 3 goes on to `yhat`. Press
# **Next**, or the right arrow key, and follow it back, one box at a time.

# %%
guess = None  # put your number here

assert (yhat.data, C.data, w2.grad, w1.grad, x.grad) == (4.0, 0.5, 1.0, 8.0, 2.0)  # two layers
asker = error.data * w1.data * x.data
assert asker == -1.0

x, w1, w2, w3 = Value(2.0), Value(0.5), Value(4.0), Value(1.5)
h3 = relu(w3 * x)
h2 = relu(w2 * h3)
yhat = relu(w1 * h2)
error = 3.0 - yhat
C = 0.5 * error**2
C.backward()
print("your guess:", guess, "  w3 gets:", w3.grad)
step(C, parameters=[w1, w2, w3], at=13)

# %% [markdown]
# On the way back: 3, times slope 1 and weight 0.5, times slope 1 and weight 4, times slope 1 and
# the input 2. That is 12.
#
# The asker has -12. (Taken to the letter even 0, as an x went missing inside the formula of the
# net.) Then the thread wants the gradients of all three weights, and for w1 and w2 it takes the
# formulas of the shorter nets again. It is tempting, as the layers are the same ones:

# %%
letter = (3 - relu(0.5 * relu(4 * relu(1.5)))) * 0.5 * 4 * 2
meant = (3 - relu(0.5 * relu(4 * relu(1.5 * 2)))) * 0.5 * 4 * 2
again_w2 = (3 - relu(0.5 * relu(4.0 * 2))) * 0.5 * 2
again_w1 = (3 - relu(0.5 * 2)) * 2
print("     asker   right")
for name, said, w in (("w3", meant, w3), ("w2", again_w2, w2), ("w1", again_w1, w1)):
    print(f"{name}  {said:6g}  {w.grad:6g}")
assert (letter, meant, again_w2, again_w1) == (0.0, -12.0, -1.0, 4.0)
assert (yhat.data, C.data) == (6.0, 4.5)
assert (w3.grad, w2.grad, w1.grad, x.grad) == (12.0, 4.5, 36.0, 9.0)

# %% [markdown]
# w1 has another input now, 12 instead of 2, and the net says something else, 6 instead of 1. So a
# formula of a shorter net cannot be used again. What can be used again is the *way back*: from the
# end, each layer multiplies by its slope and its weight.
#
# ## Does one sign matter?
#
# Let only w3 move, by one step of 0.01 times the gradient, as training does. The cost is 4.5 now.
# The right gradient is 12, the asker's -12.


# %%
def cost(w3):
    return 0.5 * (3.0 - relu(0.5 * relu(4.0 * relu(w3 * 2.0)))) ** 2


right, wrong = 1.5 - 0.01 * grad(cost)(1.5), 1.5 - 0.01 * meant
assert np.allclose([cost(1.5), cost(right), cost(wrong)], [4.5, 3.1752, 6.0552])

_, ax = plt.subplots(figsize=(5.6, 3.4), layout="constrained")
line = np.linspace(0.5, 1.8, 100)
ax.plot(line, [cost(w) for w in line], color="grey")
for w, text in ((right, "right: 3.1752"), (wrong, "asker: 6.0552")):
    ax.annotate("", (w, cost(w)), (1.5, 4.5), arrowprops={"arrowstyle": "-|>", "lw": 2})
    ax.annotate(text, (w, cost(w)), xytext=(-8, 6), textcoords="offset points", ha="right")
ax.plot(1.5, 4.5, "ko")
_ = ax.set(xlabel="w3", ylabel="cost")

# %% [markdown]
# The right gradient leads down, from 4.5 to 3.1752. The asker's **climbs**, to 6.0552, and the next
# step would climb more. A gradient with the wrong sign is not half right. It trains the network to
# be wrong.
#
# ## A dead unit
#
# The asker says that ReLU(w1 ReLU(w2 x)) is w1 times w2 times x. It is tempting, as with the
# weights above it is true. But minus times minus makes plus, and a chain of ReLUs stops at the
# first minus. Two lines settle it:

# %%
net, product = relu(-0.5 * relu(-4.0 * 2.0)), -0.5 * -4.0 * 2.0
print("net:", net, "  product:", product)
assert (net, product) == (0.0, 4.0)

# %% [markdown]
# Back to the net of two layers, now with w2 = -4. The asker's formula for w2, (y minus what the net
# says) times w1 times x, now gives 3. Predict what w2 gets.

# %%
guess = None  # put your number here

x, w1, w2 = Value(2.0), Value(0.5), Value(-4.0)
h2 = relu(w2 * x)
yhat = relu(w1 * h2)
C = 0.5 * (3.0 - yhat) ** 2
C.backward()
check(guess, w2)
draw(C, parameters=[w1, w2])

# %% [markdown]
# Exactly nothing gets to the weights. The asker left out the slopes of the ReLUs. For a unit that
# is on, the slope is 1, and leaving it out does no harm. For one that is off it is 0, and leaving
# it out invents a gradient.
#
# But look closely: the picture says "blocked" already at the *last* ReLU, and the input of that one
# is not below 0. It is **exactly 0**.
#
# ## The slope at exactly 0
#
# ReLU has a corner at 0, and its slope there is a convention. "No number is ever exactly 0", one
# might say. Behind a dead unit it is. Give the last neuron a bias b, 0 as biases often are at the
# start. What does b get?

# %%
guess = None  # put your number here

assert (w1.grad, w2.grad, x.grad) == (0.0, 0.0, 0.0)
asker = (3.0 - yhat.data) * w1.data * x.data
assert asker == 3.0

x, w, b = Value(2.0), Value(-4.0), Value(0.0)
h = relu(w * x)
z = 0.5 * h + b
yhat = relu(z)
C = 0.5 * (3.0 - yhat) ** 2
C.backward()
assert z.data == 0.0
check(guess, b)

# %% [markdown]
# See the nudge: upward the cost falls, with a slope of nearly -3; downward nothing happens. Both
# sides are true, and one number must be chosen. Here, as in PyTorch, JAX and TensorFlow, the slope
# of ReLU at 0 is 0, so b gets 0.
#
# What if somebody chose otherwise? Here is a ReLU that we make ourselves
# ([lesson 17](17_your_own_operation.ipynb) shows how), with three slopes at 0:

# %%
for slope in (0.0, 0.5, 1.0):

    @operation(vjp=lambda g, out, x, at_0=slope: g * (greater(x, 0.0) + at_0 * equal(x, 0.0)))
    def corner(x):
        return np.maximum(x, 0.0)

    b = Value(0.0)
    (0.5 * (3.0 - corner(0.5 * corner(w * x) + b)) ** 2).backward()
    print(f"slope {slope:3} at 0: b gets {b.grad:g}")
    assert b.grad == {0.0: 0.0, 0.5: -1.5, 1.0: -3.0}[slope]

# %% [markdown]
# Three answers, and three different first steps of training. With 0 this net never learns from this
# sample; with 0.5 or 1 its bias wakes up. None of them is wrong, but it must be said which one is
# meant.
#
# ## Does ReLU cure vanishing?
#
# The thread says: with ReLU "the chain rule takes only two derivatives". It is tempting, as a slope
# of 1 cannot be seen in a product. But there is one slope *and one weight* for each layer. Ten
# layers of ReLU, each weight 0.5: predict the gradient of the input.

# %%
guess = None  # put your number here

ends = {}
_, ax = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
for layer, weight in ((relu, 2.0), (relu, 1.0), (relu, 0.5), (sigmoid, 1.0)):
    chain = [Value(1.0)]
    for _ in range(10):
        chain.append(layer(weight * chain[-1]))
    chain[-1].backward()
    ends[layer.name, weight] = chain[0].grad
    ax.semilogy([h.grad for h in chain], "o-", label=f"{layer.name}, weights {weight:g}")
ax.set(xlabel="0 is the input, 10 the output", ylabel="gradient")
ax.legend()
print("your guess:", guess, "  gradient of the input:", ends["relu", 0.5])

# %%
for (name, weight), slope in ends.items():
    print(f"{name:8} weights {weight:3g}: {slope:.6g}")
assert ends["relu", 2.0] == 1024.0
assert ends["relu", 1.0] == 1.0
assert ends["relu", 0.5] == 9.765625e-4
assert np.isclose(ends["sigmoid", 1.0], 2.784767175817587e-7, rtol=1e-12)
assert np.isclose(0.25**10, 9.5367e-7, rtol=0, atol=5e-12)
assert ends["sigmoid", 1.0] < 0.25**10

# %% [markdown]
# Read the picture from the right: the gradient starts at 1 and walks back. The slope of a sigmoid
# is a quarter at most, so with weights of 1 ten of them leave less than 0.00000096, whatever the
# input. ReLU takes that factor away, and **only that**. The weights are still multiplied: halves
# vanish, twos explode.
#
# That is why the first weights of a network are chosen with such care.

# %% [markdown]
# <details><summary>For those who like symbols</summary>
#
# Let $s_i$ be 1 where the input of ReLU number $i$ is positive, else 0; $h_2$ and $h_3$ as in the
# code, and $\hat y$ always of the whole net.
#
# | | asker | right |
# | --- | --- | --- |
# | one layer, $w_1$ | $(y - \hat y)\,x$ | $(\hat y - y)\,s_1\,x$ |
# | two layers, $w_2$ | $(y - \hat y)\,w_1 x$ | $(\hat y - y)\,s_1 w_1\,s_2\,x$ |
# | three layers, $w_3$ | $(y - \hat y)\,w_1 w_2 x$ | $(\hat y - y)\,s_1 w_1\,s_2 w_2\,s_3\,x$ |
# | its $w_2$ | as for two | $(\hat y - y)\,s_1 w_1\,s_2\,h_3$ |
# | its $w_1$ | as for one | $(\hat y - y)\,s_1\,h_2$ |
# </details>

# %% [markdown]
# **In three lines**
#
# - Going back, each layer multiplies by one slope and one weight; a weight by its own layer's
#   input.
# - The error enters as (what the net says minus y). With the other sign training climbs.
# - ReLU's slope is 1, 0, or at exactly 0 a convention. It removes sigmoid's quarter, not the
#   product of the weights.

# %% [markdown]
# **Try**
#
# 1. In the net of three layers let y be 8 instead of 3. Which gradients change sign?
# 2. Can a chain of sigmoids explode? Put 8 as weight into the ten layers.
# 3. Which single number would you change to wake the dead unit of two layers up?
#
# <details><summary>Answers</summary>
#
# 1. All: what starts at the end is now 6 - 8 = -2 instead of 3.
# 2. Not here: with large weights the sigmoids become flat, and the slope sinks far below a
#    quarter.
# 3. w2, above 0. Or x, below 0. No gradient would tell you.
# </details>

# %% [markdown]
# [Next: From scalars to arrays](09_scalars_to_arrays.ipynb)
