# %% [markdown]
# # 07 The worked network
#
# An image of 5 by 5, a convolution, max-pooling, a sigmoid, two neurons. I worked out the four
# deltas behind the pooling by hand. Is my calculation correct? How do I update the kernel now? And
# what would an earlier layer receive?
#
# About 20 minutes.
#
# **Afterwards you can say** what every layer of a small convolutional network does to a gradient,
# with real numbers, and why correct calculations may differ in the third digit.

# %%
import matplotlib.pyplot as plt
import numpy as np

import nn
from autograd import Tensor, conv2d, gradients, matmul, max_pool2d, sigmoid
from autograd.viz import check, draw, step

# %% [markdown]
# ## The numbers
#
# The thread gives the sigmoids' outputs, the weights of the two neurons, and what arrives at them:
# 0.25 and -0.15. (A *delta* is its word for a gradient on the way back.) It does not give the image
# and the kernel. These here were found afterwards, so that every number of the thread comes out.

# %%
# in hundredths
pixels = [[51, 90, 88, 84, 5], [40, 62, 22, 59, 10], [11, 20, 74, 33, 14],
          [47, 1, 85, 70, 9], [76, 19, 72, 17, 57]]  # fmt: skip
X = Tensor(np.reshape(pixels, (1, 5, 5)) / 100, requires_grad=True)
K = Tensor(np.reshape([-13, 15, -51, 62], (1, 1, 2, 2)) / 100, requires_grad=True)
b = Tensor([0.0], requires_grad=True)
W = Tensor(np.array([[61, 82, 96, -100], [2, -50, 23, 17]]) / 100, requires_grad=True)

assert X.numpy()[0].tolist() == [
    [0.51, 0.9, 0.88, 0.84, 0.05], [0.4, 0.62, 0.22, 0.59, 0.1],
    [0.11, 0.2, 0.74, 0.33, 0.14], [0.47, 0.01, 0.85, 0.7, 0.09],
    [0.76, 0.19, 0.72, 0.17, 0.57],
]  # fmt: skip
assert K.numpy()[0, 0].tolist() == [[-0.13, 0.15], [-0.51, 0.62]]
assert W.numpy().tolist() == [[0.61, 0.82, 0.96, -1.0], [0.02, -0.5, 0.23, 0.17]]
X

# %% [markdown]
# ## Forward
#
# The kernel slides over the image: 16 windows, so a map `F` of 4 by 4. Pooling keeps the largest of
# each 2 by 2. The sigmoid squeezes these four, and two neurons read them. Here is the map. Can you
# find the four winners in it?

# %%
F = conv2d(X, K, b)
P = max_pool2d(F, kernel_size=2)
S = sigmoid(P)
flat = S.flatten()
H = matmul(W, flat)
assert np.allclose(F.numpy()[0], [
    [0.2491, -0.1648, 0.2652, -0.3406], [0.1089, 0.3092, -0.1129, -0.1432],
    [-0.2178, 0.6069, -0.0462, -0.3231], [-0.3294, 0.4757, -0.2673, 0.1892],
])  # fmt: skip
assert np.allclose(P.numpy()[0], [[0.3092, 0.2652], [0.6069, 0.1892]])
assert np.allclose(S.numpy()[0], [
    [0.5766899782056618, 0.5659141346083845], [0.6472333262780063, 0.5471594048393297],
], rtol=0, atol=1e-12)  # fmt: skip
assert S.numpy()[0].round(2).tolist() == [[0.58, 0.57], [0.65, 0.55]]  # as in the thread
assert np.allclose(H.numpy(), [0.8900150654718854, -0.029542503873451503], rtol=0, atol=1e-12)
F

# %% [markdown]
# They are 0.3092, 0.2652, 0.6069 and 0.1892.
#
# Is that a convolution? A mathematician would turn the kernel by half a circle first. Networks
# usually do not; what they do is called cross-correlation. Which one did the asker use? Try both,
# and compare with the 0.58, 0.57, 0.65, 0.55 of the thread:

# %%
turned = max_pool2d(conv2d(X.numpy(), K.numpy()[:, :, ::-1, ::-1]), kernel_size=2)
print("straight:", sigmoid(P.numpy()).round(2).ravel())
print("turned:  ", sigmoid(turned).round(2).ravel())
assert np.allclose(turned[0], [[0.2060, 0.5708], [0.3756, 0.3395]], rtol=0, atol=5e-5)

# %% [markdown]
# Straight it is. Keep the turning in mind, though: it comes back.
#
# ## Back through the two neurons
#
# 0.25 arrives at the first, -0.15 at the second. They read the first of the four sigmoids with the
# weights 0.61 and 0.02. Predict its gradient. (This is
# [lesson 05](05_pool_into_fully_connected.ipynb) again.)

# %%
guess = None  # put your number here

H.backward([0.25, -0.15])
check(guess, S, (0, 0, 0))

# %% [markdown]
# ## Back through the sigmoid
#
# 0.1495. Now times the sigmoid's slope, which is its output times (1 minus its output). The asker
# has 0.0364182 for the first of the four. Let us hand that in as a guess:

# %%
assert np.isclose(S.grad[0, 0, 0], 0.25 * 0.61 + (-0.15) * 0.02)
assert np.allclose(S.grad[0], [[0.1495, 0.28], [0.2055, -0.2755]])
assert np.allclose(W.grad, [
    [0.14417249455141545, 0.14147853365209612, 0.16180833156950158, 0.13678985120983242],
    [-0.08650349673084927, -0.08488712019125767, -0.09708499894170095, -0.08207391072589945],
], rtol=0, atol=1e-12)  # fmt: skip
check(0.0364182, P, (0, 0, 0))

# %% [markdown]
# **Nearly.** Did the asker err? No: the asker went on with 0.58, which is 0.5767 rounded. Take the
# rounded outputs, and all four numbers come out to the last digit. And the code in the answer keeps
# four digits of them and cuts off the rest. So there are *three* sets of right numbers:

# %%
given = np.array([[[0.58, 0.57], [0.65, 0.55]]])
A = S.grad * given * (1 - given)  # as given: sigmoids rounded to two places
B = P.grad  # exact
C = np.trunc(A * 10_000) / 10_000  # the answer's: deltas cut to four places
for name, deltas in {"A, as given": A, "B, exact": B, "C, cut off": C}.items():
    print(f"{name:11}", *(f"{delta:12.8f}" for delta in deltas.ravel()))
assert np.allclose(A[0], [[0.0364182, 0.068628], [0.04675125, -0.06818625]], rtol=0, atol=1e-12)
assert np.allclose(B[0], [
    [0.036495737762800864, 0.06878349152047177], [0.04692024243860495, -0.06826228539244766],
], rtol=0, atol=1e-12)  # fmt: skip
assert np.allclose(C[0], [[0.0364, 0.0686], [0.0467, -0.0681]])
assert (B[0, 0, 0].round(4), A[0, 0, 0].round(4)) == (0.0365, 0.0364)
assert np.abs(A - B).max() < 1.7e-4
assert np.abs(A / B - 1).max() < 0.0037

# %% [markdown]
# A and B are at most 0.36 % apart: 0.0364 against 0.0365. A program that computes the sigmoid
# exactly *cannot* come closer to the thread. So whoever compares numbers must say which of the
# three they mean. We go on with B.
#
# ## Back through the pooling
#
# Four numbers come back to a map of 16 cells. Each goes to the winner of its window, noted going
# forward; the other three cells get 0. Here it has just happened. **Back** and **Next** show the
# other layers (and **Fit**, if the picture is cut):

# %%
assert np.allclose(F.grad[0], [
    [0, 0, 0.06878349152047177, 0], [0, 0.036495737762800864, 0, 0],
    [0, 0.04692024243860495, 0, 0], [0, 0, 0, -0.06826228539244766],
], rtol=0, atol=1e-12)  # fmt: skip
step(H, parameters=[K, b, W], at=10)

# %% [markdown]
# ## The bias and the kernel
#
# One bias was added to all 16 cells. (The answer writes one for each cell; a convolution has one
# for the whole map.) Four cells have a gradient: 0.0365, 0.0688, 0.0469 and -0.0683. Predict the
# bias's.
#
# A weight adds over the same cells; only its slope is the pixel that lay under it. So **each winner
# votes with its own patch of the image**, as loudly as its delta. Here are the four patches with
# their deltas; dashed is minus:

# %%
guess = None  # put your number here, for the bias
print("your guess:", guess, "  the bias gets:", b.grad.round(4))

_, ax = plt.subplots(figsize=(4.8, 4.8), layout="constrained")
ax.imshow(X.numpy()[0], cmap="Greys", vmin=0, vmax=2.5)
for (row, column), pixel in np.ndenumerate(X.numpy()[0]):
    ax.text(column, row, f"{pixel:g}", ha="center", va="center")
square = np.array([[-1, -1, 1, 1, -1], [-1, 1, 1, -1, -1]])
for n, (i, j) in enumerate(np.argwhere(F.grad[0])):
    delta, (rows, columns) = F.grad[0, i, j], 0.5 + (0.96 - 0.06 * (n % 2)) * square
    color, line = ("#0072b2", "-") if delta > 0 else ("#b34700", "--")
    ax.plot(j + columns, i + rows, line, color=color, lw=2.5)
    ax.text(j + 0.5, i + 0.5, f"{delta:+.3f}", ha="center", va="center", color="white",
            bbox={"fc": color, "ec": "none", "pad": 1.5}, zorder=3)  # fmt: skip
_ = ax.axis("off")

# %% [markdown]
# The bias adds the four deltas. The first weight lies over the upper left pixel of each patch, so
# it adds those four pixels, each times its delta. All four weights in one go: slide the deltas over
# the image, just as the kernel slid. For all three sets:

# %%
assert np.allclose(conv2d(X.numpy(), F.grad[None])[0], K.grad[0, 0])
dK, db = zip(*[gradients(P, [K, b], deltas) for deltas in (A, B, C)], strict=True)
for name, four in zip("ABC", np.reshape(dK, (3, 4)), strict=True):
    print(name, four.round(6))
assert np.allclose(dK[0], [[0.044591799, 0.0941186865], [0.01125765, 0.068312388]], atol=1e-12)
assert np.allclose(dK[1], [
    [0.04475727866395932, 0.09438456890425985], [0.01129612959473391, 0.06856180934067002],
], rtol=0, atol=1e-12)  # fmt: skip
assert np.allclose(dK[2], [[0.044606, 0.094061], [0.011262, 0.068288]], rtol=0, atol=1e-12)
assert np.allclose(np.ravel(db), [0.0836112, 0.08393718632942992, 0.0836], rtol=0, atol=1e-12)

# %% [markdown]
# ## What an earlier layer would receive
#
# If the image were itself the output of a layer, what would that layer get? Take the 0.22, in the
# second row and the third column. It lies in four windows of the kernel, and two of them won:
# 0.0688 comes over the weight -0.51, and 0.0365 over 0.15. Predict.

# %%
guess = None  # put your number here

check(guess, X, (0, 1, 2))

# %% [markdown]
# The two winning windows overlap there, so it adds, as in
# [lesson 06](06_pool_into_convolution.ipynb). And for the whole image: a border of zeros around the
# deltas, and the kernel **turned**. Here is the half circle again! Whoever forgets it gets numbers
# that are wrong by up to 0.059:

# %%
border = np.pad(F.grad, ((0, 0), (1, 1), (1, 1)))
assert np.allclose(conv2d(border, K.numpy()[:, :, ::-1, ::-1]), X.grad)
print("not turned, wrong by", np.abs(conv2d(border, K.numpy()) - X.grad).max().round(3))
assert np.abs(conv2d(border, K.numpy()) - X.grad).max().round(3) == 0.059
assert np.allclose(X.grad[0], [
    [0, 0, -0.00894185389766133, 0.010317523728070764, 0],
    [0, -0.004744445909164113, -0.02960522001102047, 0.042645764742692494, 0],
    [0, -0.024712457776047084, 0.02966539377872728, 0, 0],
    [0, -0.023929323643688525, 0.02909055031193507, 0.008874097101018196, -0.010239342808867149],
    [0, 0, 0, 0.03481376555014831, -0.04232261694331755],
], rtol=0, atol=1e-12)  # fmt: skip
draw(H, parameters=[K, b, W])

# %% [markdown]
# Read the picture from below: every number of this lesson is in it. In the image, a 0 means that no
# winner looked there.
#
# ## Sigmoid first, or pooling first?
#
# The asker pools first, then squeezes. Many networks do it the other way round. Is it the same? A
# sigmoid only ever rises, so it does not change who is largest. Values and gradients agree to the
# last bit. Only very large numbers might be squeezed into one:

# %%
other = max_pool2d(sigmoid(F), kernel_size=2)
mine, theirs = gradients(S, [K], S.grad)[0], gradients(other, [K], S.grad)[0]
assert np.array_equal(other.numpy(), S.numpy())
assert np.array_equal(mine, theirs)

far = np.array([40.0, 50.0])
print("winner of 40, 50:", far.argmax(), "  of their sigmoids:", sigmoid(far).argmax())
assert (far.argmax(), sigmoid(far).argmax()) == (1, 0)

# %% [markdown]
# To a computer the sigmoids of 40 and 50 are the same number. That is a tie, and the first wins.
#
# ## One step
#
# The update is the easy part: take away from each weight its gradient, times a rate, here 0.1. Does
# it help? Watch one number: 0.25 times the first neuron minus 0.15 times the second. Its slopes are
# the two gradients that arrived, so it should fall.

# %%
before = (H * [0.25, -0.15]).sum().item()
nn.optim.SGD([K, b, W], lr=0.1).step()
assert np.allclose(K.numpy()[0, 0], [
    [-0.134475727866, 0.140561543110], [-0.511129612959, 0.613143819067],
], rtol=0, atol=2e-12)  # fmt: skip
pooled = max_pool2d(conv2d(X, K, b), kernel_size=2)
after = (matmul(W, sigmoid(pooled).flatten()) * [0.25, -0.15]).sum().item()
print("before:", round(before, 4), "  after:", round(after, 4))
assert after < before
K

# %% [markdown]
# **In three lines**
#
# - Back through this network: weigh and add, times the sigmoid's slope, to the winners, and from
#   there to kernel, bias and image.
# - The kernel's gradient slides the deltas over the image straight; the image's needs the kernel
#   turned.
# - The asker is right. Rounding on the way makes three right answers; say which one you mean.
#
# <details><summary>For those who like symbols</summary>
#
# $F_{ij} = b + \sum_{mn} K_{mn} X_{i+m,\,j+n}$ and $\delta_{ij} = \partial L/\partial F_{ij}$. Then
#
# $$\frac{\partial L}{\partial K_{mn}} = \sum_{ij} \delta_{ij} X_{i+m,\,j+n}, \quad
# \frac{\partial L}{\partial b} = \sum_{ij} \delta_{ij}, \quad
# \frac{\partial L}{\partial X_{rs}} = \sum_{mn} \delta_{r-m,\,s-n} K_{mn}.$$
#
# One $b$ for the whole map: with $b_{ij}$ each cell would have its own (lesson 13).
# </details>

# %% [markdown]
# **Try**
#
# 1. One dimension, by hand: input 1, 2, 3, kernel 0.2, 0.7; 0.2 and -0.5 arrive. The gradients of
#    kernel, input and bias? Check with `conv1d`.
# 2. How much may a pixel be nudged before another cell wins? Look at the gaps in `F`.
# 3. Which pixels could you change a little without any effect on the two neurons?
#
# <details><summary>Answers</summary>
#
# 1. Kernel -0.8 and -1.1; input 0.04, 0.04, -0.35; bias -0.3.
# 2. The smallest gap is 0.3092 - 0.2491 = 0.0601. A nudge moves each of the two by at most 0.62
#    of itself, so up to 0.0601 / 1.24 = 0.048 nobody else wins.
# 3. Those with gradient 0: no winning window has them.
# </details>

# %% [markdown]
# [Next: ReLU chains](08_relu_chains.ipynb)
