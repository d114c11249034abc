# %% [markdown]
# # 18 Big graphs without tears
#
# All these pictures are of small graphs. Mine has thousands of nodes. Can I still look at it, and
# does it hold?
#
# About 10 minutes.
#
# **Afterwards you can say** how to see the part that matters of a graph of any size, what is left
# out, and what keeps a large graph from eating time and memory.

# %%
import gc
import sys
from contextlib import nullcontext

import nn
from autograd import GradientError, Value, no_grad, paused_gc
from autograd.viz import check, draw, trace, why

# %% [markdown]
# ## Fifty nodes
#
# A network for the digits, built of blocks. Each block adds what it computed to what came in, so
# that a gradient has a short way as well.


# %%
def convolution(channels, seed):
    conv = nn.Conv2d(channels, 4, 3, padding=1, bias=False, generator=seed)
    return nn.Sequential(conv, nn.BatchNorm2d(4), nn.ReLU())


class Block(nn.Module):
    def __init__(self, seed):
        self.first, self.second = convolution(4, seed), convolution(4, seed + 1)

    def forward(self, x):
        return x + self.second(self.first(x))


# %%
images, labels = nn.datasets.digits(channel=True)
layers = {
    "start": convolution(1, 0), "one": Block(1), "two": Block(3), "three": Block(5),
    "pool": nn.AvgPool2d(2), "flatten": nn.Flatten(), "read": nn.Linear(64, 10, generator=7),
}  # fmt: skip
model = nn.Sequential(layers).astype(float)
few = images[:2].astype(float)
loss = nn.CrossEntropyLoss()(model(few), labels[:2])
loss.backward()
size = trace(loss).nodes
print(size, "nodes")

# %% [markdown]
# How many boxes can you read in one picture? The library thinks, about 40. How many will it draw?

# %%
guess = None  # put your number here

picture = draw(loss)
print("your guess:", guess, "  drawn:", picture.view.boxes)
assert size == 52
assert picture.view.boxes < 40
picture

# %% [markdown]
# It has **closed the blocks** and says how many nodes each hides. Two numbers tell how large the
# gradient is that comes in, and how large the one that goes out. You see where it grows or fades,
# which is often all you want. Out of the first comes 0: nobody asks for the gradient of images.
#
# ## Open one, or look at one node
#
# Open a block by its name; all else stays closed:

# %%
draw(loss, open=["two"])

# %% [markdown]
# Or ask for the surroundings of a single node, one operation to each side; `hops=2` shows more.

# %%
draw(loss, focus="two.first.0.weight")

# %% [markdown]
# Questions need no picture. `check` and `why` answer for any node of any graph. The last bias for
# the digit 3 is added for both images; 0.0188 and 0.0220 arrive from them. Predict its gradient:

# %%
guess = None  # put your number here

check(guess, model.read.bias, 3)
arrives = trace(loss).item("linear").grad[:, 3]
assert arrives.round(4).tolist() == [0.0188, 0.0220]

# %% [markdown]
# ## Five hundred nodes
#
# Now without modules to close: a network of single numbers, on eight points. What will the picture
# show of it?

# %%
points, classes = nn.datasets.moons(8, noise=0.15, generator=0)
net = nn.scalar.MLP(2, [8, 8, 1], generator=0)
errors = [(net(p) - c) ** 2 for p, c in zip(points.tolist(), classes.tolist(), strict=True)]
loss = sum(errors)
loss.backward()
named = {**dict(net.named_parameters()), "loss": loss, "first": errors[0]}
print(trace(loss).nodes, "nodes")
assert 500 <= trace(loss).nodes <= 600
draw(loss, names=named, parameters=net.parameters())

# %% [markdown]
# It shows what lies next to the loss, as much as an eye can take, and below it how many nodes are
# left out. That is always said: a picture that hides something in silence would lie.
#
# To look elsewhere, say where. Here is the error of the first point:

# %%
draw(loss, names=named, parameters=net.parameters(), focus="first", hops=2)

# %% [markdown]
# ## Five thousand
#
# Halve, add x, halve, add x, 2,500 times: 5,000 nodes and x is used all along the way. Each use
# is halved by all that come after it. Predict the gradient of x.

# %%
guess = None  # put your number here

x = Value(1.0)
y = x
for _ in range(2500):
    y = 0.5 * y + x
y.backward()
print("your guess:", guess, "  gradient:", x.grad)
assert x.grad == 2.0

# %% [markdown]
# 1 and a half and a quarter and so on: 2. Now ask for everything at once:

# %%
everything = trace(y)
print(everything)
print(draw(y))
assert not everything.complete

# %% [markdown]
# It declines, and says why and what to do. Nobody would read a picture with 7,500
# arrows. A part can still be drawn:

# %%
draw(y, focus=y)

# %% [markdown]
# ## A million
#
# Does it *hold*? Many programs walk through a graph by functions that call themselves, and Python
# stops at a depth of about 1,000. Here it is a loop with a list.

# %%
x = Value(1.0)
y = x
with paused_gc():
    for _ in range(500_000):
        y = 0.5 * y + x
    y.backward()
print("depth that Python allows:", sys.getrecursionlimit(), "  gradient of x:", x.grad)
assert x.grad == 2.0
del y  # and a million nodes are gone, without recursion too

# %% [markdown]
# ## Time and memory
#
# `paused_gc` above: Python looks now and then for circles of objects that nobody needs. A graph
# has none, but it looks through all of it, again and again. In the block it rests.

# %%
looked = []
gc.callbacks.append(lambda phase, _: looked.append(phase))
for name, block in {"as it is": nullcontext(), "paused": paused_gc()}.items():
    looked.clear()
    with block:
        y = sum(Value(i) * 2.0 for i in range(20_000))
    print(name, "->", "looked many times" if looked else "never looked")
assert not looked
del gc.callbacks[-1]

# %% [markdown]
# Arrays cost memory rather than time: what backward will need is kept. With `free=True` each node
# lets go of it as soon as it has sent its gradient; `nn.fit` trains in this way. The price: the
# graph cannot be asked any more. And where no gradient is wanted at all, `no_grad` keeps nothing
# from the start.

# %%
loss = nn.CrossEntropyLoss()(model(few), labels[:2])
loss.backward(free=True)
try:
    why(model.read.bias, 3)
except GradientError as error:
    print(error)

with no_grad():
    scores = model(few)
print("\nwith no_grad, recorded:", scores.requires_grad)
assert not scores.requires_grad

# %% [markdown]
# **In three lines**
#
# - Small: all of it. Larger: modules closed. Very large: what is near one node, or a clear refusal.
# - What is hidden is always counted; `why` answers for every node.
# - Nothing recurses. `paused_gc` saves time, `free=True` memory, `no_grad` both.

# %% [markdown]
# **Try**
#
# 1. Draw the network with blocks with `depth=9`. At which width of the page can you read it?
# 2. Pass `limit=10_000` to `trace` for the 5,000 nodes. Is it complete now?
# 3. Make two million nodes of Values, with and without `paused_gc`, and take the time.
#
# <details><summary>Answers</summary>
#
# 1. At none that a screen has. That is why blocks are closed.
# 2. Yes: 7,500 contributions, and printing it takes some patience.
# 3. Without, it takes about twice as long.
# </details>

# %% [markdown]
# That was the last lesson. You began with three neurons that send back 2, 3 and 6. Look at it once
# more, and see what has become obvious:
#
# [Back to the start: Who gets the gradient?](00_who_gets_the_gradient.ipynb)
