# %% [markdown]
# # 03 Used twice? Add
#
# One number is read by several others. Each of them sends a gradient back. Multiply them
# together, or add? And why does the code say `+=`, would `=` not do?
#
# About 12 minutes.
#
# **Afterwards you can say** why it is a sum, what a missing `+` does to a network, and why a node
# must wait before it passes anything on.

# %%
import autograd as ag
from autograd import Value
from autograd.viz import check, compare_overwriting, draw, step, why

# %% [markdown]
# ## Two readers
#
# x is 3. One number is twice x, another five times x, and the end is their sum. What is the
# gradient of x? (Raise x by 1. What happens to each of the two? And to the end?)

# %%
guess = None  # put your number here

x = Value(3.0)
double, five = 2 * x, 5 * x
end = double + five
end.backward()
check(guess, x)
draw(end)

# %% [markdown]
# 2 + 5 = 7. The nudge goes out on **both** ways at once, and the end feels both: what comes back
# is the sum. Nothing is multiplied *between* the two ways; 2 times 5 would be wrong.
#
# In the picture the little fork below x says how often it is used.
#
# ## The same one twice
#
# A single reader can read x twice. With x + x, 1 comes back through each of the two wires: 2 in
# all, whatever x is.
#
# Now x * x. Multiply sends each of its inputs 1 times the *other* one. What does x get, at 3?

# %%
guess = None  # put your number here

x = Value(3.0)
(x + x).backward()
assert x.grad == 2  # as said above

x = Value(3.0)
square = x * x
square.backward()
check(guess, x)
draw(square)

# %% [markdown]
# Two wires, though both run between the same two boxes, and 3 comes back through each. What counts
# is **how often** x is used, not by how many others.
#
# ## `=` where `+=` belongs
#
# So each use adds to `x.grad`. What if somebody writes `x.grad = ...` instead of `x.grad += ...`?
# Then each message wipes out the one before. Here the second 3 has just come, on both sides. Press
# **Back** to see the first:

# %%
assert x.grad == 6
compare_overwriting(square, grain="contribution", at=4)

# %% [markdown]
# 3 instead of 6. And 6 is right: the line `Nudge:` above has measured it.
#
# It is a tempting bug. As long as every number is used **once**, `=` and `+=` give the same. All
# the small tests pass. Then some x is used twice and gets a wrong gradient, and nothing complains.
#
# ## What it does to 2, 3, 6
#
# In the example of [lesson 00](00_who_gets_the_gradient.ipynb) three neurons read p1 and p2. To p2
# they send 3 (n3, which is first), then 6 (n2), then -2 (n1). That makes 7. But with `=`, what is
# left at p2? (Press **Fit** if the picture is cut.)

# %%
guess = None  # put your number here

p1, p2 = Value(1.0), Value(2.0)
n1 = ag.dot([0.5, -1.0], [p1, p2])
n2 = ag.dot([1.0, 2.0], [p1, p2])
n3 = ag.dot([-0.25, 0.5], [p1, p2])
L = ag.dot([2.0, 3.0, 6.0], [n1, n2, n3])
bug = compare_overwriting(L, at=9)
print("your guess:", guess, "  left at p2:", bug.panels[1].trace.item("p2").grad)
bug

# %% [markdown]
# -2 instead of 7: not a bit off, but **the other direction**. A training step would move p2 the
# wrong way. The repair is one character: `+`.
#
# ## Wait until all have arrived
#
# Now a number in the middle is used twice: s is twice x, t is three times s, and the end is s + t.
# What is the gradient of x?

# %%
guess = None  # put your number here

right, wrong = bug.panels[0].trace, bug.panels[1].trace
assert (wrong.item("p1").grad, wrong.item("p2").grad) == (1.0, -2.0)  # with =
assert (right.item("p1").grad, right.item("p2").grad) == (2.5, 7.0)  # with +=

x = Value(1.0)
s = 2 * x
t = 3 * s
end = s + t
end.backward()
check(guess, x)

# %% [markdown]
# s gets 1 directly and 3 by way of t: 4. Times 2, that is 8 for x. But what if s is in a hurry,
# and passes on as soon as the first message is here?

# %%
s_grad = 1.0  # the direct message from the end
hasty = 2.0 * s_grad  # s passes it on at once
s_grad += 3.0  # too late: t's message comes now
print("in a hurry:", hasty)
print("and if s sends again:", hasty + 2.0 * s_grad)
print("waited:", 2.0 * s_grad)
assert (hasty, hasty + 2.0 * s_grad, 2.0 * s_grad) == (2, 10, 8)

# %% [markdown]
# 2 is too little: t's part never reaches x. Sending again is too much: the first part counts
# twice. Only **waiting** gives 8. Here s has one message of two, "1 of 2 arrived, wait". Press
# **Next** three times, and watch when it sends:

# %%
assert (x.grad, s.grad, t.grad) == (8, 4, 1)
step(end, grain="contribution", at=5)

# %% [markdown]
# That is why `backward` goes through the graph in an order in which every reader comes before
# what it has read. It is all that the word *topological* means.
#
# ## Passes add, too
#
# Back to x * x, where x got 6. Call `backward` a second time. What is `x.grad` now?

# %%
guess = None  # put your number here

x = Value(3.0)
square = x * x
square.backward()
square.backward()
print("your guess:", guess, "  x.grad:", x.grad)
why(x)

# %% [markdown]
# 12: passes add up. That is useful if you *want* the sum over several examples. If not, it is a
# famous bug: gradients pile up from step to step. The last line of the card has noticed. The repair
# is to clear them before each pass:

# %%
assert x.grad == 12
x.zero_grad()
square.backward()
assert x.grad == 6
x

# %% [markdown]
# **In three lines**
#
# - Every use of a number sends something back, and what comes back is added.
# - `=` for `+=` keeps only the last message: right for chains, wrong at the first fork.
# - A node passes its gradient on once, when all of it has arrived.
#
# <details><summary>For those who like symbols</summary>
#
# If $x$ is read by $y_1, \dots, y_k$, then
# $\dfrac{\partial L}{\partial x} = \sum_i \dfrac{\partial L}{\partial y_i}\,
# \dfrac{\partial y_i}{\partial x}$.
#
# A use counts by itself: for $y = x \cdot x$ the sum has two terms, $x + x$.
# </details>

# %% [markdown]
# **Try**
#
# 1. Predict the gradient of x * x * x at 2. How many wires leave x?
# 2. A convolution uses one weight at 100 positions. How many messages does it get?
# 3. What is the gradient of x in `end = x - x`? Ask `why(x)`: which kind of 0 is it?
#
# <details><summary>Answers</summary>
#
# 1. 12: three wires, and each brings 2 times 2.
# 2. 100, one per position, and they are added. That is [lesson
#    06](06_pool_into_convolution.ipynb).
# 3. 0, "cancelled": 1 and -1 arrive. That is another 0 than "nothing came".
# </details>

# %% [markdown]
# [Next: Max-pool](04_max_pool.ipynb)
