# %% [markdown]
# # 17 Add your own operation
#
# The function I need is not in the library. What must I tell it, so that gradients flow through
# my function too? And how would I notice that I told it something wrong?
#
# About 10 minutes.
#
# **Afterwards you can say** what a rule is, write one in a line, and have two independent
# witnesses check it.

# %%
import matplotlib.pyplot as plt
import numpy as np

import nn
from autograd import Tensor, Value, grad, gradcheck, operation, tanh
from autograd.viz import check, compare, step, why

# %% [markdown]
# ## A function that squeezes
#
# *Softsign* takes a number and divides it by 1 plus its size: 1 becomes 0.5, and 3 becomes 0.75.
# However large the number, it never gets past 1.
#
# What must the engine know of it? Only how the result moves when the input moves a little. Try it
# at 1, at 3 and at -3, with a nudge of 0.001:

# %%
nudge = 0.001
for x in (1.0, 3.0, -3.0):
    higher, lower = x + nudge, x - nudge
    rise = higher / (1 + abs(higher)) - lower / (1 + abs(lower))
    print(f"{x:+} becomes {x / (1 + abs(x)):+}, slope {rise / (2 * nudge):.6f}")

many = np.linspace(-6, 6, 121)
_, ax = plt.subplots(figsize=(6, 2.8), layout="constrained")
ax.plot(many, many / (1 + abs(many)), color=nn.plots.PALETTE[0], label="softsign")
ax.plot(many, np.tanh(many), "--", color=nn.plots.PALETTE[1], label="tanh")
_ = ax.legend()

# %% [markdown]
# Softsign does what tanh does, only more gently: at 3 it still rises.
#
# Its slope of 0.25 at 1 is 1 over 2 squared, and that of 0.0625 at 3 and at -3 is 1 over 4
# squared. So the slope is **1 over the square of (1 plus the size of the input)**.
#
# ## The rule
#
# A rule says what the input gets when a gradient `g` arrives: `g` times the slope. Put it above
# the function, with a sentence for the explanations. That is all.


# %%
@operation(
    vjp=lambda g, out, x: g / (1 + abs(x)) ** 2,
    says="softsign: the gradient over the square of 1 plus the size of the input",
)
def softsign(x):
    return x / (1 + abs(x))


# %% [markdown]
# ## It is there
#
# The input is -3, and a gradient of 6 arrives. Predict what the input gets.

# %%
guess = None  # put your number here

x = Value(-3.0)
y = softsign(x)
y.backward(6.0)
check(guess, x)
assert x.grad == 0.375

# %% [markdown]
# 6 times a sixteenth. Note that the sentence in the card is yours.
#
# The same function takes plain numbers, numpy arrays and Tensors. In an array each cell has a
# slope of its own.

# %%
t = Tensor([-3.0, 0.0, 1.0], requires_grad=True)
softsign(t).backward([16.0, 16.0, 16.0])
print(softsign(3.0), softsign(np.array([1.0, 3.0])), softsign(t).numpy())
print("gradient:", t.grad)
assert t.grad.tolist() == [1.0, 16.0, 4.0]

# %% [markdown]
# There is even the slope of the slope, and the next one. The rule is plain arithmetic, and the
# engine can go back through that as well. Nobody told it these numbers:

# %%
slope = grad(softsign)
print([f(1.0) for f in (softsign, slope, grad(slope), grad(grad(slope)))])
assert [f(1.0) for f in (softsign, slope, grad(slope), grad(grad(slope)))] == [
    0.5, 0.25, -0.25, 0.375
]  # fmt: skip

# %% [markdown]
# The pictures know your operation too. Here a 3 is squeezed twice, by softsign and by tanh. The
# picture stands at the step in which softsign sends its gradient back, with your sentence above
# it:

# %%
weight = Value(1.5)
h = weight * 2
soft, hard = softsign(h), tanh(h)
loss = soft + hard
loss.backward()
assert h.grad == 0.0625 + (1 - hard.data**2)
step(loss, at=8)

# %% [markdown]
# At 3 softsign still lets a sixteenth of the gradient through, tanh only a hundredth. That is what
# it is good for: it does not fall silent so soon.
#
# It may also stand in a network. A layer is a class with a `forward`. Here it learns to part the
# two moons of lesson 15:


# %%
class Softsign(nn.Module):
    def forward(self, x):
        return softsign(x)


points, classes = nn.datasets.moons(200, noise=0.15, generator=0)
first, last = nn.Linear(2, 16, generator=0), nn.Linear(16, 1, generator=1)
model = nn.Sequential(first, Softsign(), last).astype(float)
optimiser, loss_of = nn.optim.Adam(model.parameters(), lr=0.1), nn.BCEWithLogitsLoss()
data = (points, classes[:, None].astype(float))
nn.fit(model, data, loss_of, optimiser, epochs=200, progress=False)
right = np.mean((model(points).numpy()[:, 0] > 0) == classes)
assert right > 0.95
_ = nn.plots.decision_boundary(model, points, classes)

# %% [markdown]
# ## Forget something
#
# Now a mistake on purpose: a rule without the square. It runs, and it looks reasonable.


# %%
@operation(
    vjp=lambda g, out, x: g / (1 + abs(x)),
    says="forgetful: the gradient over 1 plus the size of the input",
)
def forgetful(x):
    return x / (1 + abs(x))


b = Value(1.0)
z = forgetful(b)
z.backward()
why(b)

# %% [markdown]
# The first witness is already there, in the line that begins with "Nudge". The ledger says 0.5,
# but the result moves by only a quarter of the nudge. The two do not agree, and the card says so.
#
# Here it is side by side with the right one:

# %%
one, other = Value(1.0, name="x"), Value(1.0, name="x")
compare({"right": softsign(one), "forgetful": forgetful(other)}, at=-1)

# %% [markdown]
# On the way forward nothing differs. That is why such mistakes live long: every prediction is
# right, and only learning goes astray.
#
# The second witness is `gradcheck`, from lesson 10. It lets something arrive at every output, and
# nudges every input:

# %%
some = Tensor([1.0, -3.0, 0.5])
found = gradcheck(forgetful, some, raise_on_failure=False)
print(found)
assert not found

# %% [markdown]
# It says where, and by how much: what the rule says is twice too large at 1, and four times at -3.
# In a test of your own leave `raise_on_failure` out, and the test fails with this text.
#
# The repair is the square. With it the check is content, and also with the slope of the slope:

# %%
print(gradcheck(softsign, some))
print(gradcheck(softsign, some, order=2))

# %% [markdown]
# ## Two inputs, two rules
#
# An operation of several inputs has one rule for each. Take the distance to a point, as the crow
# flies. This one lies 3 to the east and 4 to the north, so 5 away, and a gradient of 10 arrives.
# Predict: what does `north` get?


# %%
@operation(
    vjp=(lambda g, out, x, y: g * x / out, lambda g, out, x, y: g * y / out),
    says="distance: each side gets the gradient times its share of the length",
)
def distance(x, y):
    return (x * x + y * y) ** 0.5


guess = None  # put your number here

east, north = Value(3.0), Value(4.0)
way = distance(east, north)
way.backward(10.0)
check(guess, north)
assert (east.grad, north.grad) == (6.0, 8.0)
assert gradcheck(distance, (Tensor([3.0, 5.0]), Tensor([4.0, -12.0])))

# %% [markdown]
# A rule may use the result: here `out` is 5, which saves computing it again.
#
# The operations of the library are made in the same way, one entry each. Yours is in no way second
# class.

# %% [markdown]
# **In three lines**
#
# - A rule says what an input gets when a gradient arrives: that gradient times the slope. Each
#   input has its rule.
# - A function, a rule and a sentence are enough for numbers, arrays, higher slopes and pictures.
# - A wrong rule runs without a word; the nudge and `gradcheck` catch it. Put the check in a test.

# %% [markdown]
# **Try**
#
# 1. Make an operation `cube`, with its rule, and let `gradcheck` judge it.
# 2. Give its rule a minus sign too many. Which of the two witnesses notices?
# 3. Which slope has softsign at 0? And `abs`, of which it is made?
#
# <details><summary>Answers</summary>
#
# 1. The rule is `g * 3 * x * x`.
# 2. Both: one sees +, the other -.
# 3. Softsign is smooth there: 1. `abs` alone has a corner; by convention the slope there is 0.
# </details>

# %% [markdown]
# [Next: Big graphs without tears](18_big_graphs.ipynb)
