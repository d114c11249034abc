# %% [markdown]
# # 01 Numbers that remember
#
# Everybody talks of gradients and graphs. What *is* a gradient, before any formula? And how can a
# number know where it came from?
#
# About 10 minutes.
#
# **Afterwards you can say** what a gradient tells you, how to measure one without any library,
# and what a `Value` remembers that a float forgets.

# %%
import matplotlib.pyplot as plt

import autograd as ag
from autograd import Value
from autograd.viz import check, draw, step, why

# %% [markdown]
# ## A bill
#
# Three apples at 2 each, and 4 for the delivery: 10.


# %%
def bill(price, count, delivery):
    fruit = price * count
    return fruit + delivery


bill(2.0, 3.0, 4.0)

# %% [markdown]
# Now **nudge** it. Raise the price by a quarter and watch the bill. By how much does it rise, for
# each 1 that the price rises?

# %%
guess = None  # put your number here

before = bill(2.0, 3.0, 4.0)
after = bill(2.0 + 0.25, 3.0, 4.0)
print("the bill rose by", after - before)
print("your guess:", guess, "  for each 1 of the price:", (after - before) / 0.25)

# %% [markdown]
# 3, because there are three apples. **That ratio is the gradient**: how far the end moves, for
# each 1 that this number moves. You have just measured one, with plain floats.
#
# ## The same with memory
#
# A `Value` is a number that remembers how it was made. Here are the same two lines with Values.
# What is the gradient of the *count*?

# %%
guess = None  # put your number here

price, count, delivery = Value(2.0), Value(3.0), Value(4.0)
fruit = price * count
total = fruit + delivery
total.backward()
check(guess, count)

# %% [markdown]
# One more apple costs 2. The line `Nudge:` is your experiment from above, made by the library: it
# raised the count, ran everything again, and compared.
#
# How could `backward` know without trying? Each result keeps **what was done, and with what**.
# Press **Next**, or the right arrow key, and watch: first the graph grows, then the gradients come
# back along it.

# %%
assert (price.grad, count.grad, delivery.grad) == (3.0, 2.0, 1.0)
assert price.grad == (after - before) / 0.25  # what you measured
step(total)

# %% [markdown]
# The number in between has a gradient, too: if the fruit gets dearer by 1, so does the bill. That
# 1 is all that `fruit` has to know: it sends it on, times 3 to the price, times 2 to the count.
#
# ## The gradient of what?
#
# A coupon: you pay half of the bill. The price has not changed. Has its gradient?

# %%
guess = None  # put your number here

to_pay = 0.5 * total  # the graph grows by one
for x in (price, count, delivery):
    x.zero_grad()  # forget the gradients from before
to_pay.backward()
check(guess, price)

# %% [markdown]
# 1.5 instead of 3. A gradient belongs to **two** numbers, the one you nudge and the one you
# watch. Watch another end, and every gradient is another:

# %%
assert (price.grad, count.grad, delivery.grad) == (1.5, 1.0, 0.5)
draw(to_pay)

# %% [markdown]
# Follow the thick arrows from the end: 1, half of it, that times 3. `backward` begins at the end
# with a 1 ("the end moves as much as itself") and goes back box by box. How each kind of box
# passes it on is the next lesson.
#
# ## Why the nudge must be small
#
# A square of side 3 has the area 9. Raise the side by 1: the area is 16, so the ratio is 7. Raise
# it by less. What does the ratio settle at?

# %%
guess = None  # put your number here

for nudge in [1, 0.5, 0.25, 0.125, 0.0078125]:
    print(f"nudge {nudge:<9}  ratio {((3 + nudge) ** 2 - 3**2) / nudge}")

side = Value(3.0)
area = side * side
area.backward()
check(guess, side)

# %%
assert side.grad == 6
at = [1.5 + i / 50 for i in range(191)]
_, ax = plt.subplots(figsize=(6, 3.8), layout="constrained")
ax.plot(at, [x * x for x in at], "k", lw=4, label="area")
for nudge, slope, line in [(2, 8, ":"), (1, 7, "--"), (0, 6, "-")]:
    label = f"nudge {nudge}: ratio {slope}" if nudge else "gradient: 6"
    (drawn,) = ax.plot(at, [9 + slope * (x - 3) for x in at], line, lw=2, label=label)
    ax.plot(3 + nudge, (3 + nudge) ** 2, "o", color=drawn.get_color(), markersize=9)
ax.set(xlabel="side", ylim=(0, 28))
_ = ax.legend()

# %% [markdown]
# Each line starts at the side 3 and runs through the dot you nudged to. The smaller the nudge,
# the closer the line; with the slope 6 it just touches the curve. The gradient is **the ratio for
# a nudge too small to matter**. On the bill, which is not curved, any nudge would do.
#
# ## Why remember at all?
#
# Nudging needs a run for every number. Here are a thousand prices:

# %%
prices = [Value(1 + i % 7) for i in range(1000)]
counts = [i % 5 for i in range(1000)]
shopping = ag.dot(prices, counts)
shopping.backward()
print("gradients from one backward pass:", len(prices))
assert [price.grad for price in prices] == counts

# %% [markdown]
# A thousand gradients from **one** pass; nudging takes a thousand and one runs. That is why
# networks are trained this way, and why all the remembering.
#
# ## How to lose the memory
#
# `price.data` is the plain float inside. Somebody uses it by mistake. The bill is right all the
# same. What does `why` say about the price: a gradient of 3, of 0, or something else?

# %%
guess = None  # put your answer here

price = Value(2.0)
forgetful = price.data * count + delivery
forgetful.backward()
print("your guess:", guess, "  the bill:", forgetful.data)
why(price, root=forgetful)

# %% [markdown]
# The bill is 10, as before, and nothing complains. But this 10 never heard of `price`, only of a
# float 2. This is not "a gradient of 0": there is **no path**. (`price.grad` itself still holds the
# 0 that it was born with, as nothing has arrived.)
#
# The repair: compute with the Value itself, and take `.data` only to print it.

# %%
repaired = price * count + delivery
repaired.backward()
assert price.grad == 3.0
price

# %% [markdown]
# **In three lines**
#
# - A gradient is a ratio: how far the end moves for each 1 that this number moves, for small
#   nudges.
# - It belongs to two numbers: the one you nudge and the one you watch.
# - A Value remembers how it was made, so one pass back finds all gradients at once.
#
# <details><summary>For those who like symbols</summary>
#
# $\dfrac{\partial L}{\partial x} = \lim_{h \to 0} \dfrac{L(x + h) - L(x)}{h}$, everything but $x$
# held still.
#
# For $L = x^2$ the ratio is $2x + h$: at 3 it is $6 + h$.
# </details>

# %% [markdown]
# **Try**
#
# 1. Let the count be 0. Predict the gradient of the price, then ask `why(price)`.
# 2. Add a tip: `tip = 0.25 * total`, and pay `total + tip`. What is the gradient of the price?
# 3. At which side does an area of a square have the gradient 1?
#
# <details><summary>Answers</summary>
#
# 1. 0: if you buy nothing, the price does not matter. "Blocked", says `why`: the slope is 0.
# 2. 3.75: 3 directly, and a quarter of 3 by way of the tip. They are added.
# 3. 0.5: the gradient is twice the side.
# </details>

# %% [markdown]
# [Next: What each gate does](02_what_each_gate_does.ipynb)
