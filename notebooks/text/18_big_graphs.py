# %% [markdown]
# # 18 Big graphs without tears
#
# All these pictures are of small graphs. Mine has thousands of nodes. Can I still look into it,
# and will the engine hold?
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
# Here is a network for the digits, built of blocks. Each block adds what it computed to what came
# in, so that a gradient also has a short way past it.


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
# How many boxes can you read in one picture? By itself the library draws 40 at most. Predict: how
# many will it draw of these 52?

# %%
guess = None  # put your number here

picture = draw(loss)
print("your guess:", guess, "  drawn:", picture.view.boxes)
assert size == 52
assert picture.view.boxes < 40
picture

# %% [markdown]
# It has **closed the modules**, and each says how many nodes it hides. Two numbers tell how large
# a gradient comes in, and how large a gradient goes out. So you see where it grows or fades, which
# is often all you want. Out of `start` comes 0: nobody asks for the gradient of
# images.
#
# ## Open one, or look at one node
#
# A block is opened by its name, and all else stays closed:

# %%
draw(loss, open=["two"])

# %% [markdown]
# You see the short way now, past the two halves of the block.
#
# Or ask what is around a single node, one operation to each side:

# %%
draw(loss, focus="two.first.0.weight")

# %% [markdown]
# Questions need no picture at all. `check` and `why` answer for any node of any graph. Take the
# bias of the last layer for the digit 3. It is added for both images, and 0.0188 and 0.0220 arrive
# from them. Predict its gradient.

# %%
guess = None  # put your number here

check(guess, model.read.bias, 3)
arrives = trace(loss).item("linear").grad[:, 3]
assert arrives.round(4).tolist() == [0.0188, 0.0220]

# %% [markdown]
# ## Five hundred nodes
#
# Now there are no modules to close: a network of single numbers, on eight points. Predict: how
# many boxes will the picture have?

# %%
guess = None  # put your number here

points, classes = nn.datasets.moons(8, noise=0.15, generator=0)
net = nn.scalar.MLP(2, [8, 8, 1], generator=0)
errors = [(net(p) - c) ** 2 for p, c in zip(points.tolist(), classes.tolist(), strict=True)]
loss = sum(errors)
loss.backward()
picture = draw(loss)
print("your guess:", guess, "  drawn:", picture.view.boxes, "of", trace(loss).nodes, "nodes")
assert 20 < picture.view.boxes <= 40 < 500 < trace(loss).nodes < 600

# %% [markdown]
# It draws what lies next to the loss, as much as an eye can take on a wide screen. For a narrow
# page, say yourself how far to go. Here are three operations back from the loss:

# %%
draw(loss, focus="loss", hops=3)

# %% [markdown]
# The last line says that more is hidden. It is always said: a picture that hides something in
# silence would lie. To look elsewhere, name another node as `focus`, such as the error of the
# first point, `focus="errors[0]"`.

# %% [markdown]
# ## Five thousand
#
# Halve, add x, halve, add x, 2,500 times: that makes 5,000 nodes, and x is used all along the way.
# Each use is halved again and again by what comes after it. Predict the gradient of x.

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
# 1 and a half and a quarter and so on make 2. Now ask for everything at once:

# %%
everything = trace(y)
print(everything)
print(draw(y))
assert not everything.complete

# %% [markdown]
# It declines, and says why and what to do instead. Nobody would read a picture with 7,500 arrows.
#
# ## A million
#
# Does the engine *hold*? Many programs walk through a graph by functions that call themselves, and
# Python stops those at a depth of about 1,000. Here it is a loop with a list. Try a million nodes:

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
# What was `paused_gc` for? Now and then Python looks for circles of objects that nobody needs any
# more. A graph has none, but Python looks through all of it, again and again. Inside the block it
# rests:

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
# Arrays cost memory rather than time, since what backward will need is kept. With `free=True` each
# node lets go of it as soon as it has sent its gradient; `nn.fit` trains in this way. The price is
# that the graph cannot be asked any more.
#
# And where no gradient is wanted at all, `no_grad` keeps nothing from the start.

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
# - A small graph is drawn whole, a larger one with its modules closed, a very large one around a
#   node of your choice.
# - What is hidden is always said, and `why` answers for every node.
# - A million nodes hold. `paused_gc` saves time, `free=True` saves memory, `no_grad` both.

# %% [markdown]
# **Try**
#
# 1. Compute the loss of the network of blocks once more, and draw it with `depth=9`. How many
#    screens high is the picture?
# 2. Build the 5,000 nodes once more, and pass `limit=10_000` to `trace`. Is it complete now?
# 3. Make two million nodes of Values, with and without `paused_gc`, and take the time.
#
# <details><summary>Answers</summary>
#
# 1. About seven. That is why modules are closed.
# 2. Yes: 7,500 contributions, and printing it takes some patience.
# 3. Without, it takes two to three times as long.
# </details>

# %% [markdown]
# That was the last lesson. You began with three neurons that send back 2, 3 and 6. Look at it once
# more, and see what has become obvious:
#
# [Back to the start: Who gets the gradient?](00_who_gets_the_gradient.ipynb)
