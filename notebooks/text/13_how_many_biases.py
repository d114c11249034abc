# %% [markdown]
# # 13 How many biases has a convolution?
#
# My colour image is 3 by 32 by 32 and the first layer has 32 filters of 5 by 5. Is it one bias
# for each filter, shared by all three colours? Why not one for each colour, or one for each
# pixel?
#
# About 12 minutes.
#
# **Afterwards you can say** how many numbers any convolution learns, what gradient a bias gets,
# and why more biases would do nothing, or harm.

# %%
import numpy as np

import nn
from autograd import Tensor, conv2d
from autograd.viz import check, draw, expand, why

# %% [markdown]
# ## Count first
#
# The image has 3 colours, and there are 32 filters of 5 by 5. Predict: how many numbers does this
# layer learn?

# %%
guess = None  # put your number here

conv = nn.Conv2d(3, 32, kernel_size=5, generator=0)
counted = nn.summary(conv, (1, 3, 32, 32))
print("your guess:", guess, "  counted:", counted.parameters)
counted

# %% [markdown]
# The asker's formula was right: **2,400 weights + 32 biases = 2,432**. A filter has 25 weights
# for each of three colours, so 75, and one bias.
#
# The asker wrote the filters as "(32, 5, 5)". It is tempting: one *sees* 32 squares of 5 by 5.
# But a filter is as deep as its input. This is what (32, 5, 5) would be, a layer for grey images:

# %%
grey = nn.Conv2d(1, 32, kernel_size=5, generator=0)
assert conv.weight.shape == (32, 3, 5, 5)
assert grey.weight.shape == (32, 1, 5, 5)
assert nn.summary(grey, (1, 1, 32, 32)).parameters == 832

layer = counted.rows[0]
assert (layer.parameters["weight"], layer.parameters["bias"]) == (2400, 32)
assert counted.parameters == (3 * (5 * 5) + 1) * 32 == 2432
assert layer.output_shapes == [(1, 32, 28, 28)]
nn.summary(grey, (1, 1, 32, 32))

# %% [markdown]
# ## Why one for all colours?
#
# Take a layer so small that you can see all of it: an image of 2 by 2 pixels with three colours,
# and two filters of 1 by 1. A filter then has three weights, one per colour, and one bias.
#
# Here is one pixel of the first map, the upper right one, opened:

# %%
x = Tensor([[[[1.0, 2], [3, 4]], [[0, 1], [1, 0]], [[2, 2], [2, 2]]]])
w = Tensor(np.reshape([[1.0, 1, 1], [-1, -1, -1]], (2, 3, 1, 1)), requires_grad=True)
b = Tensor([0.5, -0.5], requires_grad=True)
y = conv2d(x, w, b)
assert y.numpy().tolist() == [
    [[[3.5, 5.5], [6.5, 6.5]], [[-3.5, -5.5], [-6.5, -6.5]]],
]
draw(expand(y, (0, 0, 0, 1)))

# %% [markdown]
# Red 2, green 1 and blue 2 are weighed and then **added into one number**, 5. The bias, 0.5, is
# added to that number, once. After this layer there is no red or blue any more, only two maps. So
# each map has one bias.
#
# ## What gradient does it get?
#
# Now 1, 2, 3, 4 arrive at the four pixels of the first map. Its bias was added to all four.
# Predict the gradient of that bias.

# %%
guess = None  # put your number here

y.backward([[[[1.0, 2], [3, 4]], [[1, -1], [1, -1]]]])
check(guess, b, 0)

# %% [markdown]
# One row per pixel, and the slope is 1 in every row: raise the bias a little, and each pixel rises
# by as much. So a bias gets the plain **sum of what arrives at its map**. "Multiply along a path,
# add over the paths" still holds; multiplying by 1 is just hard to see.
#
# At the second map arrived 1, -1, 1 and -1. What did its bias get, and why?

# %%
assert b.grad.tolist() == [10, 0]
why(b, 1)

# %% [markdown]
# Two pixels want it higher, two want it lower, and they cancel. That is another kind of 0 than
# "nothing came".
#
# A weight adds over the same four pixels of the map. Only the slope is different: the pixel it was
# multiplied with. The red pixels are 1, 2, 3 and 4 as well. Predict the gradient of the red weight
# of the first filter.

# %%
guess = None  # put your number here

check(guess, w, (0, 0, 0, 0))
print(w.grad[:, :, 0, 0])
assert w.grad[:, :, 0, 0].tolist() == [[30, 5, 20], [-2, 0, 0]]

# %% [markdown]
# The last two lines are all six weights: a row for each filter, in the order red, green, blue.
# Think of a bias as one more weight, whose input is always 1.
#
# Back to the real layer, whose maps are 28 by 28. A gradient of 1 arrives at every output.
# Predict: what does each of the 32 biases get, for one image? And for a batch of four?

# %%
guess = None  # put your number here, for one image

conv(np.ones((1, 3, 32, 32))).backward(np.ones((1, 32, 28, 28)))
print("your guess:", guess, "  one image:", conv.bias.grad[0])
assert np.all(conv.bias.grad == 784)

conv.zero_grad()
conv(np.ones((4, 3, 32, 32))).backward(np.ones((4, 32, 28, 28)))
print("four images:", conv.bias.grad[0])
assert np.all(conv.bias.grad == 4 * 784)

# %% [markdown]
# 28 times 28 is 784 positions, and each sends 1. The sum goes over **positions and images**.
#
# ## Would three be better?
#
# Give each colour a bias of its own in each filter: 3 times 32 = 96. Try it on the first filter of
# the small layer. The three are chosen so that they add up to the old 0.5. The same 1, 2, 3 and 4
# arrive. Predict the gradient of the red one.

# %%
guess = None  # put your number here

rgb = Tensor(np.reshape([0.25, 0.125, 0.125], (3, 1, 1)), requires_grad=True)
colours = x[0] * w.detach()[0] + rgb
one_map = colours.sum(axis=0)
one_map.backward([[1.0, 2], [3, 4]])
check(guess, rgb, (0, 0, 0))
assert (3 * 32, rgb.numpy().sum()) == (96, 0.5)
assert one_map.numpy().tolist() == [[3.5, 5.5], [6.5, 6.5]]
assert rgb.grad.ravel().tolist() == [10, 10, 10]
draw(one_map)

# %% [markdown]
# The map is the same, and each of the three gets **the same gradient**, 10. So they always take
# the same step. Only their sum matters, and one number can be that sum. The other two are
# passengers.
#
# ## Would one per position be better?
#
# That makes 32 times 28 times 28 = 25,088 biases. In the small layer there are eight, and each
# hears only its own pixel:

# %%
untied = Tensor(np.zeros((2, 2, 2)), requires_grad=True)
(conv2d(x, w.detach()) + untied).backward([[[[1.0, 2], [3, 4]], [[1, -1], [1, -1]]]])
assert 32 * 28 * 28 == 25088
assert untied.grad.sum(axis=(1, 2)).tolist() == [10, 0]
untied

# %% [markdown]
# These differ, so none is a passenger. But they break the promise of a convolution: the same
# answer to the same patch, wherever it lies. And they are ten times as many as the weights. Tied
# together, map by map, they get 10 and 0 as before.
#
# ## When even one is too many
#
# Batch normalisation takes away the mean of each map, and with it whatever the bias added. Predict
# the gradient of a bias in front of it.

# %%
guess = None  # put your number here

numbers = np.random.default_rng(0)
net = nn.Sequential(nn.Conv2d(3, 4, 3, generator=0), nn.BatchNorm2d(4)).astype(np.float64)
images = numbers.standard_normal((8, 3, 6, 6))
before = net(images)
before.backward(numbers.standard_normal(before.shape))
biases, weights = np.abs(net[0].bias.grad), np.abs(net[0].weight.grad)
print("your guess:", guess, "  biases:", biases.round(9))
print("weights, mean size:", weights.mean().round(1))

# %% [markdown]
# Zero but for rounding, while the weights do learn. A nudge agrees: raise every bias by 100, and
# nothing moves behind the normalisation. So write `bias=False` there. Batch normalisation brings a
# shift of its own, one per map, which does the bias's work:

# %%
assert np.allclose(biases, 0, atol=1e-9)
net[0].bias.overwrite()[...] += 100
assert np.allclose(net(images), before)

block = nn.Sequential(nn.Conv2d(3, 32, 5, bias=False, generator=0), nn.BatchNorm2d(32))
nn.summary(block, (2, 3, 32, 32))

# %% [markdown]
# <details><summary>For those who like symbols</summary>
#
# $y_{nfij} = b_f + \sum_{c,u,v} w_{fcuv}\, x_{n,c,i+u,j+v}$, so $\partial L/\partial b_f =
# \sum_{n,i,j} G_{nfij}$ with $G = \partial L/\partial y$.
#
# With one bias per colour, $b_f = \sum_c b_{fc}$, and $\partial L/\partial b_{fc}$ does not
# depend on $c$.
#
# The count is $F\,(C\,k_h k_w + 1)$.
# </details>

# %% [markdown]
# **In three lines**
#
# - The colours are added into one map, so a filter has one bias: 2,400 weights + 32 biases =
#   2,432.
# - A bias gets the sum of the gradients at all positions of its map, over all images.
# - Biases per colour all get the same gradient; one before batch normalisation gets none.

# %% [markdown]
# **Try**
#
# 1. The next layer is `nn.Conv2d(32, 64, 5)`. How many biases, how many numbers? Check with
#    `nn.summary`.
# 2. Let `[[1, 1], [1, 1]]` arrive at the second map instead. Predict `b.grad`.
# 3. The green weight of the second filter got 0. `why(w, (1, 1, 0, 0))` shows two kinds of rows.
#    Which?
#
# <details><summary>Answers</summary>
#
# 1. 64 biases; 64 times (32 times 25, plus 1) = 51,264 numbers.
# 2. 10 and 4.
# 3. The green pixels are 0, 1, 1, 0. Where the pixel is 0, the slope is 0. The other two send -1
#    and 1, which cancel.
# </details>

# %% [markdown]
# [Next: Why zero-centred?](14_why_zero_centred.ipynb)
