# %% [markdown]
# # 16 A whole small network on real digits
#
# I know how a gradient goes through a pooling layer with three neurons behind it. Is it the same
# in a network that really reads handwriting? May I watch one digit go through, and back?
#
# About 15 minutes.
#
# **Afterwards you can say** who sends what to one pooled neuron of a trained network, and you can
# follow it down to the pixels.

# %%
import matplotlib.pyplot as plt
import numpy as np

import nn
from autograd import Tensor, softmax
from autograd.viz import check, draw, expand, step, why
from nn.datasets import digits, train_test_split

# %% [markdown]
# ## Real handwriting
#
# Here are 1,797 digits written by hand, 8 by 8 pixels each, from 0 (white) to 1 (black). A fifth
# is kept for the test; the network never learns from these.

# %%
images, labels = digits(channel=True)
images, test_images, labels, test_labels = train_test_split(
    images.astype(float), labels, generator=0
)
_, axes = plt.subplots(1, 10, figsize=(10, 1.4), layout="constrained")
for ax, image, label in zip(axes, test_images, test_labels, strict=False):
    ax.imshow(image[0], cmap="Greys")
    ax.set_title(label)
    ax.axis("off")
print(len(labels), "to learn from,", len(test_labels), "for the test")

# %% [markdown]
# ## 666 numbers
#
# The network is twice the same three layers: a convolution, a ReLU, a pooling. First there are 4
# maps, then 8 smaller ones. At the end ten neurons, one per digit, read all that is left. Layers
# may have names, and the pictures use them.

# %%
layers = {
    "conv1": nn.Conv2d(1, 4, 3, padding=1, generator=1), "relu1": nn.ReLU(),
    "pool1": nn.MaxPool2d(2),
    "conv2": nn.Conv2d(4, 8, 3, padding=1, generator=2), "relu2": nn.ReLU(),
    "pool2": nn.MaxPool2d(2), "flatten": nn.Flatten(),
    "fc": nn.Linear(32, 10, generator=3),
}  # fmt: skip
model = nn.Sequential(layers).astype(float)
nn.summary(model, images[:1])

# %% [markdown]
# ## Train
#
# `nn.fit` is the loop of the last lesson: clear, forward, backward, step, for every batch of 32
# digits. Predict: how many of 100 test digits will it get right after ten passes?

# %%
guess = None  # put your number here

loss_of = nn.CrossEntropyLoss()
history = nn.fit(
    model, nn.DataLoader((images, labels), 32, shuffle=True, generator=4), loss_of,
    nn.optim.Adam(model.parameters(), lr=0.01), epochs=10,
    validation=(test_images, test_labels), metrics=[nn.accuracy], progress=False,
)  # fmt: skip
right = history["val_accuracy"][-1]
assert right > 0.93
print("your guess:", guess, "  right:", f"{right:.0%}")
_ = nn.plots.history(history, only=["accuracy"], size=(6, 3))

# %% [markdown]
# The network has never seen these digits and reads 95 of 100. It does a bit better on those it
# learned from: 98. The dents in the dashed curve are the luck of single batches.
#
# ## One digit
#
# Here is a seven with a bar across, as many people write it. Every intermediate result gets a name
# of its own, so that we can ask about it.

# %%
x = Tensor(test_images[258:259], requires_grad=True)
maps1 = model.relu1(model.conv1(x))
pooled1 = model.pool1(maps1)
maps2 = model.relu2(model.conv2(pooled1))
pooled2 = model.pool2(maps2)
scores = model.fc(model.flatten(pooled2))
loss = loss_of(scores, test_labels[258:259])

says = softmax(scores.numpy())[0]
print({digit: f"{share:.0%}" for digit, share in enumerate(says) if share > 0.01})
assert test_labels[258] == 7
assert says.argmax() == 7
assert 0.3 < says[4] < says[7] < 0.7

# %% [markdown]
# It is torn: a seven, or a four? Here is what the first layer makes of it:

# %%
_, axes = plt.subplots(1, 3, figsize=(10, 3.4), layout="constrained")
axes[0].imshow(x.numpy()[0, 0], cmap="Greys")
axes[0].axis("off")
axes[0].set_title("the digit")
_ = nn.plots.feature_maps(model, x.numpy(), "relu1", ax=axes[1])
_ = nn.plots.feature_maps(model, x.numpy(), "pool1", ax=axes[2])

# %% [markdown]
# Each map answers to something else: map 0 to strokes, map 1 mostly to the bar, map 3 to the left
# side of the stem. Pooling keeps the largest of every 2 by 2. A quarter of the numbers is left,
# and one still sees a digit.
#
# ## Back: one pooled neuron
#
# Now comes the question of lesson 00, for real. The last pooling feeds **ten** neurons. What
# arrives at each of them?

# %%
model.zero_grad()
loss.backward()
to_four, to_seven = model.fc.weight.numpy()[[4, 7], 12]  # from pooled2[0, 3, 0, 0]
print("arrives at the four and the seven:", scores.grad[0, [4, 7]].round(2))
print("weights to the four and the seven:", to_four.round(2), to_seven.round(2))
assert np.allclose(scores.grad[0], says - np.eye(10)[7])
assert np.abs(scores.grad[0, [0, 1, 2, 3, 5, 6, 8, 9]]).max() < 0.001

# %% [markdown]
# At each arrives what it says, minus the truth. The four is to sink and the seven to rise; the
# other eight are as good as settled.
#
# Take one pooled neuron, `pooled2[0, 3, 0, 0]`: map 3, upper left corner. Its weights to the four
# and to the seven are printed above. Predict its gradient, to one or two digits.

# %%
guess = None  # put your number here

check(guess, pooled2, (0, 3, 0, 0))
addends = model.fc.weight.numpy()[:, 12] * scores.grad[0]
assert np.isclose(pooled2.grad[0, 3, 0, 0], addends.sum())

# %% [markdown]
# Ten rows, one for each neuron that reads it: what arrives, times the weight between them, all
# added up. Nothing is new since 2, 3 and 6. There are just more rows, and most weigh nothing. The
# seven sends minus times minus, so both push the same way.
#
# ## Back: the winners
#
# In front of the pooling lie the 128 cells of `maps2`. Predict how many of them get a gradient.
# And how many of these pass it on through the ReLU?

# %%
guess = None  # two numbers, such as (128, 64)

reached = np.count_nonzero(maps2.grad)
passed = np.count_nonzero((maps2.grad != 0) & (maps2.numpy() > 0))
print("your guess:", guess, "  reached:", reached, "  passed on:", passed)
assert reached == pooled2.size == 32
assert passed < reached

# %% [markdown]
# One per window: 32 windows, 32 winners. A few winners are 0 themselves, so the ReLU is shut there
# and passes nothing on.
#
# Next comes a convolution, whose windows overlap. Take a corner of `pooled1`, in map 2. Who sends
# to it, and how much?

# %%
why(pooled1, (0, 2, 0, 0))

# %% [markdown]
# A corner is read by 4 windows in each of the 8 maps, so by 32 cells. At most of them nothing
# arrived, since another cell had won. The rest is the second half of the old question: **multiply
# along each edge, add over the windows**.
#
# ## Back: the pixels
#
# Back through pooling, ReLU and convolution once more, and every pixel has a gradient. It says
# what a little more ink here does to the loss.

# %%
pixels, (a, b, c, d) = x.grad[0, 0], maps1.grad[0]
shown = {"gradient of maps1": np.block([[a, b], [c, d]]), "gradient of the pixels": pixels}
_, axes = plt.subplots(1, 3, figsize=(10, 3.5), layout="constrained")
axes[0].imshow(x.numpy()[0, 0], cmap="Greys")
axes[0].set_title("the digit")
for ax, (title, numbers) in zip(axes[1:], shown.items(), strict=True):
    most = np.abs(numbers).max()
    ax.imshow(numbers, cmap="RdBu", vmin=-most, vmax=most)
    ax.set_title(title)
for (row, column), g in np.ndenumerate(pixels):
    if abs(g) > 0.8:
        colour = "white" if abs(g) > 2 else "black"
        axes[2].text(column, row, f"{g:+.0f}", ha="center", va="center", color=colour)
for ax in axes:
    ax.axis("off")

# %% [markdown]
# In the middle are the four maps, side by side. Most of them is white: of each window of pooling,
# one cell at most is reached.
#
# On the right, plus and blue mean that ink here makes it *less* of a seven. Minus and red mean
# that ink helps. The bar speaks both ways: its left half for the four, its right half for the
# seven.
#
# Is that so? Take a little ink away from the ten pixels with the largest plus:

# %%
wiped = x.numpy()
worst = np.argsort(x.grad.ravel())[-10:]
wiped.ravel()[worst] = np.maximum(wiped.ravel()[worst] - 0.1, 0)
after = softmax(model(wiped).numpy())[0]
print(f"seven: {says[7]:.0%}, then {after[7]:.0%};   four: {says[4]:.0%}, then {after[4]:.0%}")
assert after[7] > says[7] + 0.2

# %% [markdown]
# ## The whole way, step by step
#
# Here is all of it, one *module* at a time. It stands at the last step, in which the gradients of
# the maps become a picture at the input again. Press First and go through it from the start. Press
# Enter on a box to ask it why.

# %%
step(loss, grain="module", at=-2)

# %% [markdown]
# ## And into one module
#
# Is anything hidden in these arrays? Open the corner from before, `pooled1[0, 2, 0, 0]`, as plain
# numbers, down to `maps1`:

# %%
cell = expand(pooled1, (0, 2, 0, 0), stop=[maps1])
assert cell.data == pooled1.numpy()[0, 2, 0, 0]
draw(cell)

# %% [markdown]
# Four cells meet, and `maps1[0, 2, 0, 1]` wins. Where does that one come from? From pixels, as
# many weights, a bias and a ReLU. It lies at the upper edge, so only six of the nine pixels are
# there:

# %%
draw(expand(maps1, (0, 2, 0, 1)))

# %% [markdown]
# Each weight's gradient is a pixel, and each pixel's gradient is a weight: times swaps them. These
# are the rules of lesson 02, and nothing else was in there.

# %% [markdown]
# **In three lines**
#
# - A pooled neuron gets one addend from each neuron that reads it: arriving gradient times weight.
# - Pooling passes it to the winner, ReLU lets it through or not, a convolution adds over windows.
# - That goes down to the pixels, in a trained network as in a toy: the same rules, more rows.

# %% [markdown]
# **Try**
#
# 1. Follow digit 317 of the test. What is it, and what does the network say? Where is the gradient
#    large?
# 2. Put `nn.AvgPool2d(2)` in place of both poolings. How many cells of `maps2` are reached now?
# 3. `nn.save(model, "digits.safetensors")`, set all parameters to 0 with `p.overwrite()[...] = 0`,
#    then `nn.load` the file. Does the network say the same as before, to the last digit?
#
# <details><summary>Answers</summary>
#
# 1. A three. The network is nearly sure that it is a four, so almost a whole 1 arrives at both,
#    twice as much as here. At the pixels it is four times as much.
# 2. All 128: an average pays every cell a quarter.
# 3. Yes. The file holds every number exactly, under the names of the layers.
# </details>

# %% [markdown]
# [Next: Add your own operation](17_your_own_operation.ipynb)
