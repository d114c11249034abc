# %% [markdown]
# # 10 Do not trust, check
#
# I wrote a backward pass, and the loss goes down. Is the gradient right? A wrong one can bring a
# loss down too, only worse. How would I ever know?
#
# About 12 minutes.
#
# **Afterwards you can say** how to check any gradient without calculus, how far to nudge, and
# where such a check is blind.

# %%
import matplotlib.pyplot as plt
import numpy as np

import nn
from autograd import Value, gradcheck, greater_equal, maximum, operation, relu
from autograd.viz import check, draw

# %% [markdown]
# ## Nudge it
#
# A gradient says how far the result moves when the input moves a little. So move it, and look. No
# rule is needed, only the function itself. Here is x times x times x, at 2:


# %%
def cube(x):
    return x * x * x


for nudge in (1.0, 0.1, 0.01, 0.001):
    print(f"nudge {nudge:5}: slope {(cube(2.0 + nudge) - cube(2.0)) / nudge:.3f}")

# %% [markdown]
# Where are these numbers going? Predict the gradient. The card below does the same experiment:
# look for its line that begins with "Nudge".

# %%
guess = None  # put your number here

x = Value(2.0)
y = cube(x)
y.backward()
check(guess, x)

# %% [markdown]
# ## How far?
#
# Smaller is better, it seems. And a nudge to *both* sides, up and down, should be better still:
# what is too much on one side is too little on the other. How small is best then? Guess the power:
# 3 for 0.001, 4 for 0.0001, and so on.

# %%
guess = None  # the power: 3 means 0.001

nudge = 10.0 ** -np.arange(0, 14.5, 0.5)
best, (_, ax) = {}, plt.subplots(figsize=(6.4, 3.8), layout="constrained")
ways = {"one side": (float, 0), "both sides": (float, 1), "both, float32": (np.float32, 1)}
for name, (kind, back) in ways.items():
    up, down = cube((2 + nudge).astype(kind)), cube((2 - back * nudge).astype(kind))
    errors = abs((up.astype(float) - down) / (nudge + back * nudge) - 12)
    ax.loglog(nudge, errors, "o-", markersize=3, label=name)
    best[name] = -np.log10(nudge[errors.argmin()])
ax.set(xlabel="nudge, smaller and smaller", ylabel="error of the slope")
ax.invert_xaxis()
ax.legend()
print("your guess:", guess, "  best power, to both sides:", best["both sides"])

# %% [markdown]
# From left to right the nudge shrinks. First that helps. Then each curve turns: the two results
# are now so alike that their difference is mostly **rounding**. A large nudge feels the bend of
# the function, a tiny one only its last digits.
#
# To both sides the best is near 0.00001, and ten digits are right. Single precision (float32)
# never gets more than five, so checks compute in double precision.
#
# ## A wrong operation
#
# Your own operation: a square. Whoever wrote its rule forgot the 2. Predict what the graph says at
# 3, and what the nudge says.

# %%
guess = None  # put your number here, for what the graph says


@operation(vjp=lambda g, out, x: g * x)
def square(x):
    return x * x


v = Value(3.0)
out = square(v)
out.backward()
check(guess, v)

# %% [markdown]
# 3 against 6, and the card says so. A loss with this in it would still fall, only at half the
# speed. Nobody would notice.
#
# `gradcheck` does the experiment for every number that goes in. Without the last argument it
# raises an error, which is what you want in a test.

# %%
found = gradcheck(square, np.array([1.0, 3.0]), raise_on_failure=False)
print(found)
assert not found
assert [round(miss.numeric / miss.analytic, 6) for miss in found.failures] == [2, 2]

# %% [markdown]
# Both are caught: the nudge finds twice what the rule says. Note that `gradcheck` does not let a 1
# arrive but odd numbers, on purpose. The next square shows what that is good for. It has its 2, but
# its rule forgets to multiply by what arrives:


# %%
@operation(vjp=lambda _g, out, x: 2 * x)
def deaf(x):
    return x * x


v = Value(3.0)
out = deaf(v)
out.backward()
assert v.grad == 6.0  # right, by luck: it is 1 that arrives
found = gradcheck(deaf, 3.0, raise_on_failure=False)
print(found)
assert not found

# %% [markdown]
# **If only 1 ever arrives, this mistake is invisible.** In the same way a rule may happen to be
# right at one place. Mistakes like to hide at 0, 1 and 2, so check at several places, and at odd
# ones.
#
# ## Corners
#
# Now the check itself gets into trouble. ReLU has a corner at 0: to the left the slope is 0, to
# the right it is 1. Predict what a nudge to *both* sides finds there.

# %%
guess = None  # put your number here

both = (relu(0.001) - relu(-0.001)) / 0.002
print("your guess:", guess, "  both sides:", both)
assert both == 0.5
_, ax = plt.subplots(figsize=(4.6, 2.6), layout="constrained")
ends = np.array([-1.0, 0.0, 1.0])
ax.plot(ends, relu(ends), color=nn.plots.PALETTE[0], label="ReLU")
ax.plot(ends[::2], relu(ends[::2]), "o--", color=nn.plots.PALETTE[1], label="nudged both ways")
ax.legend()
print(gradcheck(relu, 0.0))

# %% [markdown]
# A half, the slope of the dashed line. No piece of ReLU has that slope, so a naive check would call
# any rule for ReLU wrong.
#
# `gradcheck` looks at each side alone. It sees that the two differ however small the nudge, and
# says **kink**. There it accepts whatever lies between the sides: 0, a half or 1, but not 2.
#
# ## Ties
#
# A maximum of 3 and 3 is a corner too. Raise either, and the maximum rises; lower either, and the
# other holds it up. Remember lesson 04, and predict what `a` gets.

# %%
guess = None  # put your number here

a, b = Value(3.0), Value(3.0)
m = maximum(a, b)
m.backward()
check(guess, a)
assert (a.grad, b.grad) == (1.0, 0.0)
draw(m)

# %% [markdown]
# The first gets all, the second nothing. Would it not be fairer to pay both in full, since both
# are the largest? For each of them alone, 1 does lie between the two sides. But move both
# **together**:


# %%
@operation(
    vjp=(
        lambda g, out, x, y: g * greater_equal(x, y),
        lambda g, out, x, y: g * greater_equal(y, x),
    )
)
def generous(x, y):
    return np.maximum(x, y)


found = gradcheck(generous, (3.0, 3.0), raise_on_failure=False)
print(found)
assert (found.failures[0].analytic, round(found.failures[0].numeric, 6)) == (2, 1)
assert gradcheck(maximum, (3.0, 3.0))

# %% [markdown]
# Raise both by 0.01, and the maximum rises by 0.01, not by 0.02. You may choose who wins, but the
# gradient is handed out only **once**.
#
# *Close* to a tie it is trickier still, as nothing looks odd. Here the first leads by 0.000000001,
# and the nudge goes a thousand times as far:

# %%
lead, nudge = 1e-9, 1e-6
naive = (maximum(lead + nudge, 0.0) - maximum(lead - nudge, 0.0)) / (2 * nudge)
print("both sides, by hand:", round(naive, 4))
print(gradcheck(maximum, (lead, 0.0)))
assert round(naive, 4) == 0.5005

# %% [markdown]
# The naive check finds a half again, though there is no corner at this very place. `gradcheck`
# sees the one close by and says so: a near-tie.
#
# ## A convention is not a truth
#
# Take ReLU(x) minus ReLU(-x). That is just x, with a slope of 1 everywhere. At 0, both ReLUs stand
# at their corner. Predict what the graph says.

# %%
guess = None  # put your number here

x = Value(0.0)
same = relu(x) - relu(-x)
same.backward()
check(guess, x)
assert not gradcheck(lambda x: relu(x) - relu(-x), 0.0, raise_on_failure=False)

# %% [markdown]
# 0, and that is wrong; the card and `gradcheck` both say so. At its corner a single ReLU may say
# 0, but two such choices need not add up to the truth. Had each said a half, this sum would be
# right, and another one wrong. Away from exactly 0 all is well.
#
# ## A whole network
#
# A network has thousands of numbers, and to nudge them one by one takes long. `mode="random"`
# moves all of them at once, in eight random directions. A mistake anywhere tilts at least some of
# these.

# %%
net = nn.Sequential(nn.Linear(4, 8, generator=0), nn.Tanh(), nn.Linear(8, 1, generator=1))
inputs = np.random.default_rng(0).standard_normal((5, 4))
print(gradcheck(net.astype(np.float64), inputs, mode="random"))

noisy = nn.Sequential(*net, nn.Dropout(0.5, generator=2))
print(gradcheck(noisy, inputs, mode="random", raise_on_failure=False))

# %% [markdown]
# The second is refused. Dropout throws dice: the same input gives another output each time, so
# there is nothing to compare. Call `noisy.eval()` first, and it is quiet.

# %% [markdown]
# <details><summary>For those who like symbols</summary>
#
# One side: $\frac{f(x+h) - f(x)}{h} = f' + \tfrac12 h f'' + \dots$. Both sides:
# $\frac{f(x+h) - f(x-h)}{2h} = f' + \tfrac16 h^2 f''' + \dots$. Rounding adds about $\epsilon
# |f| / h$. Both errors balance at $h \sim \sqrt{\epsilon}$ and $h \sim \sqrt[3]{\epsilon}$, with
# $\epsilon \approx 2 \cdot 10^{-16}$ in double precision.
#
# At a kink a rule must lie in Clarke's subdifferential: between the one-sided slopes, and jointly
# so for several inputs.
# </details>

# %% [markdown]
# **In three lines**
#
# - Nudge to both sides, by about 0.00001, in double precision, at several odd places.
# - Let something odd arrive from behind, not just 1.
# - At corners and ties the two sides differ. A rule must lie between them, and a tie is paid once.

# %% [markdown]
# **Try**
#
# 1. Give `square` the rule `g * (x + 2)`. At which place does `gradcheck` pass? Then repair it.
# 2. Let `generous` pay half to each at a tie. Does it pass?
# 3. Check `lambda x: x.round()` at 0.5. What does it say, and what at 0.4?
#
# <details><summary>Answers</summary>
#
# 1. At 2, where adding 2 is doubling. Everywhere: `g * 2 * x`.
# 2. Yes: halves lie between 0 and 1, and add up to 1. Both rules lose `g * equal(x, y) / 2`, with
#    `equal` from `autograd`; or see `maximum(x, y, ties="split")`.
# 3. That it jumps there, so there is no slope. At 0.4 it passes, and the slope is 0.
# </details>

# %% [markdown]
# [Next: Choosing an optimiser](11_choosing_an_optimiser.ipynb)
