# %% [markdown]
# # 15 Train a small network and watch it learn
#
# My network trains and the loss goes down, or it does not. What goes on inside, layer by layer,
# and how would I *see* that something is wrong?
#
# About 15 minutes.
#
# **Afterwards you can say** what a healthy run looks like from inside, how forgotten gradients
# and dead units show themselves, and what exactly happens in one step of training.

# %%
import matplotlib.pyplot as plt
import numpy as np

import nn
from autograd import Tensor, sigmoid
from autograd.viz import check, step, why

# %% [markdown]
# ## Two moons
#
# Here are 200 points in two half circles that reach into each other. No straight line parts them.
# The network has two hidden layers of 8 neurons and one output: above 0 it says class 1.

# %%
points, classes = nn.datasets.moons(200, noise=0.15, generator=0)
targets = classes[:, None].astype(float)
loss_of = nn.BCEWithLogitsLoss()


def fresh():
    first, second = nn.Linear(2, 8, generator=0), nn.Linear(8, 8, generator=1)
    last = nn.Linear(8, 1, generator=2)
    return nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), last).astype(np.float64)


nn.summary(fresh(), (200, 2))

# %% [markdown]
# ## The whole of training
#
# Clear, forward, backward, step: the same four lines train every network there is. The others here
# only watch. They note the loss, and after each step how large the gradients are.


# %%
def train(model, rate=0.5, clear=True, steps=300):
    optimiser = nn.optim.SGD(model.parameters(), lr=rate)
    losses, record = [], nn.plots.StepRecorder(model)
    for _ in range(steps):
        if clear:
            optimiser.zero_grad()
        loss = loss_of(model(points), targets)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        record()
    return losses, record


# %% [markdown]
# Predict: how many of the 200 points does the network get right before it learns? After 30 steps?
# After 300?

# %%
guess = None  # three numbers, such as (20, 40, 60)

right, (_, axes) = [], plt.subplots(1, 3, figsize=(10, 3.9), layout="constrained")
for ax, steps in zip(axes, (0, 30, 300), strict=True):
    model = fresh()
    train(model, steps=steps)
    right.append(int(np.sum((model(points).numpy() > 0) == targets)))
    nn.plots.decision_boundary(model, points, classes, ax=ax)
    ax.set_title(f"after {steps} steps")
print("your guess:", guess, "  right:", right)

# %% [markdown]
# At first it says class 0 everywhere, and half of that is right by luck. After 30 steps it has
# found a nearly straight cut. The corners come last; each is a place where a ReLU turns on.
#
# Now the loss over the steps, and beside it how large the gradient is in each layer:

# %%
assert right == [100, 175, 200]
losses, record = train(fresh())
_, axes = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
nn.plots.history({"loss": losses}, per="step", axes=axes[:1])
nn.plots.gradient_sizes(record, ax=axes[1])
print("loss at the start, after 30, after 300:", *np.round(losses, 2)[[0, 30, 299]])
assert losses[30] < 0.5 * losses[0]
assert losses[299] < 0.1 * losses[30]

# %% [markdown]
# The loss falls fast, then slowly: a straight cut gets no better. Near step 120 the gradients grow
# tenfold and the loss stumbles, then falls again, while the cut bends into its corners. Had you
# stopped at step 100, you would have missed the better half.
#
# This run is healthy: the curves on the right stay within a factor of ten of one another, and none
# sinks away.
#
# ## Open one step
#
# What exactly happens in step 37? Train 36 steps, then look at four points: how likely does the
# network call each of them class 1, and what is the truth?

# %%
model = fresh()
train(model, steps=36)
few, truth = Tensor(points[:4]), targets[:4]
output = model(few)
loss = loss_of(output, truth)
says = sigmoid(output).numpy()
model.zero_grad()
loss.backward()
print("says ", says.ravel().round(2), "  truth", truth.ravel())

# %% [markdown]
# It is badly wrong about the first. The output's bias hears from all four points, and from each
# arrives a quarter of (what the network says, minus the truth). Predict the gradient of that bias;
# two digits will do.
#
# Below the card you can go through the whole step with the arrow keys, forward and back. It stands
# where the output sends its gradient on.

# %%
guess = None  # put your number here

check(guess, model[4].bias, 0)
step(loss, at=11)

# %% [markdown]
# What is left is the dull part: each weight minus the rate times its gradient.

# %%
assert np.isclose(model[4].bias.grad[0], np.mean(says - truth))
weight, gradient = model[4].weight.numpy(), model[4].weight.grad
nn.optim.SGD(model.parameters(), lr=0.5).step()
assert np.allclose(model[4].weight, weight - 0.5 * gradient)
after = loss_of(model(few), truth)
print("loss before", round(loss.item(), 3), "  after", round(after.item(), 3))

# %% [markdown]
# ## Forget to clear
#
# `backward` *adds* to the gradient that is there, as a value may be used twice. So it also adds to
# what the last step left behind. Here is step 38, on the same four points, without clearing:

# %%
left = model[4].bias.grad.copy()
output = model(few)
loss = loss_of(output, truth)
loss.backward()
alone = np.mean(sigmoid(output).numpy() - truth)
print("left by step 37:", left[0].round(4), "  step 38 alone:", alone.round(4))
print("what the optimiser sees:", model[4].bias.grad[0].round(4))
assert np.isclose(model[4].bias.grad[0], left[0] + alone)
assert alone < 0 < model[4].bias.grad[0]
why(model[4].bias, 0)

# %% [markdown]
# Step 38 alone has a minus sign: the bias should rise. With the leftover it becomes a plus, and
# the optimiser goes **the wrong way**. The card notices, in its last lines.
#
# In a whole run every step drags along all the steps before it. The network, the data and the rate
# are the same, only one line is missing:

# %%
forgetful = fresh()
wild, wild_record = train(forgetful, clear=False)
_, axes = plt.subplots(1, 3, figsize=(12, 3.9), layout="constrained")
nn.plots.history({"loss": wild}, per="step", axes=axes[:1])
axes[0].plot(range(1, 301), losses, "k--")
axes[0].legend(["not cleared", "cleared, as above"])
nn.plots.gradient_sizes(wild_record, ax=axes[1])
nn.plots.decision_boundary(forgetful, points, classes, ax=axes[2])
assert wild[10] < losses[10]
assert max(wild[100:]) > losses[0]
assert np.sum((forgetful(points).numpy() > 0) == targets) < right[-1]

# %% [markdown]
# At first it looks *better*: the leftovers push the same way, like a ball that rolls without
# friction. But it cannot brake. It shoots past the goal, and what piles up in `.grad` is soon a
# hundred times what the healthy run has. In the end half the points are wrong.
#
# So if a loss starts well and then goes wild, while the gradients swell in all layers, look for
# the missing `zero_grad()`. That one line is the repair; `nn.fit` has it built in.
#
# ## Units that die
#
# Now clear as one should, but take a rate of 7 instead of 0.5. Predict: will the loss at the end
# be higher or lower than the 0.02 of the healthy run? By how much?

# %%
guess = None  # put your number here

dead = fresh()
flat, flat_record = train(dead, rate=7, steps=60)
print("your guess:", guess, "  loss:", round(flat[-1], 4))
_, axes = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
nn.plots.history({"loss": flat}, per="step", axes=axes[:1])
_ = nn.plots.gradient_sizes(flat_record, ax=axes[1])

# %% [markdown]
# A few wild steps, then it is dead flat at 0.6931. That is the loss of someone who answers "half
# and half" to everything. On the right the gradients of all weights drop to *exactly* 0 and stay
# there. Why 0?

# %%
nn.plots.dead_units(dead, points)
assert np.isclose(flat[-1], 0.6931, atol=1e-4)
assert np.isclose(np.log(2), 0.6931, atol=1e-4)
assert nn.plots.dead_shares(dead, points)["3"] == (8, 8)

# %% [markdown]
# One large step threw the second layer so far down that all its eight units are 0, for all 200
# points. A shut ReLU lets nothing back, so the layers before it will never hear anything again.
# Ask about one of the numbers that go into it:

# %%
dead.zero_grad()
hidden = dead[:3](few)  # up to the second ReLU
loss = loss_of(dead[3:](hidden), truth)
loss.backward()
assert not dead[2].weight.grad.any()
assert not dead[0].weight.grad.any()
why(hidden, (0, 0))

# %% [markdown]
# Something did arrive at the ReLU, but its slope is 0: blocked. The last layer's weights get 0
# too, for another reason: their inputs are 0. Only the last bias still learns, and it has found
# the best that a single number can say.
#
# The repair is the first run of this lesson, the same network with a smaller rate. A normalisation
# in front of each ReLU helps as well.

# %% [markdown]
# **In three lines**
#
# - A step is: clear, forward, backward, weight minus rate times gradient. Any step can be opened.
# - Healthy: the loss falls (with plateaus), and the gradients of all layers stay within sight of
#   each other.
# - Gradients that swell everywhere were not cleared. Gradients of exactly 0 mean dead units: a
#   step was too large.

# %% [markdown]
# **Try**
#
# 1. Draw `nn.plots.update_ratios(record)`. Which layer moves most, for its size?
# 2. Train with `rate=0.01`. What do the loss and the gradients look like? Is anything broken?
# 3. Put `nn.Sigmoid()` in place of both ReLUs. What happens to the gradient of the first layer?
#
# <details><summary>Answers</summary>
#
# 1. At the start the last one. From step 120 on the first two, which shape the corners.
# 2. All healthy, and slow: after 300 steps the loss has gone from 0.72 to 0.65.
# 3. It starts about 30 times below that of the last layer: each sigmoid passes on a quarter at
#    most.
# </details>

# %% [markdown]
# [Next: A whole small network on real digits](16_a_whole_cnn.ipynb)
