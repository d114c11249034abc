# %% [markdown]
# # 10 Do not trust, check
#
# I wrote a backward pass, and the loss goes down. Is the gradient right? A wrong one can bring a
# loss down too, only worse. How would I ever know?
#
# About 12 minutes.
#
# **Afterwards you can say** how to check any gradient without calculus, how far to nudge, and where
# such a check is blind.

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
# Where are these numbers going? Predict the gradient. Each card of this library does the same
# experiment; look for the line that begins with "Nudge".

# %%
guess = None  # put your number here

x = Value(2.0)
y = cube(x)
y.backward()
check(guess, x)

# %% [markdown]
# ## How far?
#
# Smaller is better, it seems. And a nudge to *both* sides should be better still, as what is too
# much on one side is too little on the other. Which nudge is best for that? 10 to the power of
# minus how much?

# %%
guess = None  # the power: 3 means 0.001

powers = np.arange(0.0, 14.5, 0.5)
_, ax = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
for name, kind in (("one side", float), ("both sides", float), ("both, float32", np.float32)):
    errors = []
    for nudge in 10.0**-powers:
        up, down = kind(2 + nudge), kind(2 - nudge if "both" in name else 2)
        slope = (float(cube(up)) - float(cube(down))) / (nudge * (2 if "both" in name else 1))
        errors.append(abs(slope - 12))
    ax.loglog(10.0**-powers, errors, "o-", markersize=3, label=name)
    print(f"{name:14} best at 10 to the minus {powers[np.argmin(errors)]}")
ax.set(xlabel="nudge", ylabel="error of the slope")
_ = ax.legend()

# %% [markdown]
# Read from the right. Smaller nudges help, until it turns: the two results are now so alike that
# their difference is mostly **rounding**. Too far sees the curve, too near sees the digits.
#
# To both sides the best is near 0.00001. In single precision (float32) hardly four digits are ever
# right, so checks compute in double precision.
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
# 3 against 6, and the card says so. A loss with this in it still falls, at half the speed. Nobody
# would notice.
#
# `gradcheck` does the experiment for every number that goes in. Without the last argument it stops
# with an error, as you want it in a test.

# %%
found = gradcheck(square, np.array([1.0, 3.0]), raise_on_failure=False)
print(found)
assert not found
assert [round(miss.numeric / miss.analytic, 6) for miss in found.failures] == [2, 2]

# %% [markdown]
# Both caught: the nudge says twice what the rule says. Only, why not 1 against 2, and 3 against 6?
#
# Because `gradcheck` lets odd numbers arrive from behind, here 0.77 and 0.54, on purpose. This
# square has the 2, but its rule forgets to multiply by what arrives:


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
# **Whoever only lets 1 arrive cannot see this.** And whoever looks at one place only misses rules
# that happen to be right there. 0, 1 and 2 are where mistakes hide; check at several, and odd ones.
#
# ## Corners
#
# Now the check itself is in trouble. ReLU has a corner at 0. To the left the slope is 0, to the
# right 1. Predict what a nudge to *both* sides finds.

# %%
guess = None  # put your number here

both = (relu(0.001) - relu(-0.001)) / 0.002
print("your guess:", guess, "  both sides:", both)
print(gradcheck(relu, 0.0))
assert both == 0.5

# %% [markdown]
# A half: nobody's slope. A naive check would call ReLU wrong. This one looks at each side alone,
# sees that they differ however small the nudge, and says **kink**. There it accepts what lies
# between the two sides, so 0, a half or 1, but not 2.
#
# ## Ties
#
# A maximum of 3 and 3 is a corner too: raise either, and the maximum rises; lower either, and the
# other holds it. Here the first wins. Predict what a gets.

# %%
guess = None  # put your number here

a, b = Value(3.0), Value(3.0)
m = maximum(a, b)
m.backward()
check(guess, a)
assert (a.grad, b.grad) == (1.0, 0.0)
draw(m)

# %% [markdown]
# The first gets all, the second nothing. "Fairer", one may think, to pay both in full, since both
# are the largest. For each alone that lies between the sides. But move both **together**:


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
# Raise both by 0.01, and the maximum rises by 0.01, not by 0.02. One may choose who wins, but the
# gradient is handed out **once**.
#
# *Near* a tie it is worse, as nothing looks odd. Here the first leads by 0.000000001, and the nudge
# is a thousand times as far:

# %%
lead, nudge = 1e-9, 1e-6
naive = (maximum(lead + nudge, 0.0) - maximum(lead - nudge, 0.0)) / (2 * nudge)
print("both sides, by hand:", round(naive, 4))
print(gradcheck(maximum, (lead, 0.0)))
assert round(naive, 4) == 0.5005

# %% [markdown]
# The naive check would see a half again, at a place without a corner. `gradcheck` sees the corner
# close by, and asks with a smaller nudge.
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
# 0, and it is wrong; the card and `gradcheck` both say so. Each ReLU alone may say 0 at its corner,
# but two of them need not add up. Here a half would be right, and elsewhere it would be wrong. Away
# from exactly 0 all is well.
#
# ## A whole network
#
# Thousands of numbers, one nudge each, takes long. `mode="random"` moves all of them at once, in
# eight random directions. A mistake anywhere tilts at least some of them.

# %%
net = nn.Sequential(nn.Linear(4, 8, generator=0), nn.Tanh(), nn.Linear(8, 1, generator=1))
inputs = np.random.default_rng(0).standard_normal((5, 4))
print(gradcheck(net.astype(np.float64), inputs, mode="random"))

noisy = nn.Sequential(*net, nn.Dropout(0.5, generator=2))
print(gradcheck(noisy, inputs, mode="random", raise_on_failure=False))

# %% [markdown]
# The second is refused: dropout throws dice, so the same input gives another output each time, and
# there is nothing to compare. `noisy.eval()` makes it quiet.

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
# - Nudge both sides by about 0.00001, in double precision, at several odd places.
# - Let something odd arrive from behind, not 1.
# - At corners and ties both sides differ. A rule must lie between them, and a tie is paid once.

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
