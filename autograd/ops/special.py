"""The error function on arrays: numpy has none.

erf and erfc are computed from two polynomials, fitted for this library with 80 digits (Chebyshev
interpolation, written out in powers; both are evaluated where their terms do not cancel):

- close to 0, erf(x) = x * near(x * x), for |x| <= 1;
- for all a >= 0, erfc(a) = exp(-a * a) * far(t) / (1 + 2 * a) with t = (a - 3) / (a + 3), after
  M. M. Shepherd and J. G. Laframboise, Mathematics of Computation 36 (1981), 249-253.

The relative error stays below 1e-15 for float64. float32 is computed in float32, with as many
terms as it can show.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

# fmt: off
NEAR = (
    1.1283791670955126, -0.37612638903183754, 0.11283791670955126, -0.026866170645131218,
    0.005223977625441678, -0.0008548327023403335, 0.00012055332978896794, -1.4925650237575669e-05,
    1.6462110796906402e-06, -1.636576890552566e-07, 1.4806030251337853e-08,
    -1.2277760280084826e-09, 9.323863617962225e-11, -6.197184508840852e-12, 2.807352617647703e-13,
)
FAR = (
    1.2530080582697296, -0.13562110612458117, -0.0475622943534492, 0.1296451587027594,
    -0.11927366341538638, 0.0683080273440099, -0.02377051491717134, 0.0025293918156939696,
    0.0018886903449991718, -0.0007798322696543306, -0.00010515971958448065,
    0.0001250993424583729, 4.949196649968345e-06, -2.0100542268525612e-05,
    -7.308281468783614e-07, 3.472370944977168e-06, 3.5576086684080595e-07,
    -6.166011460398726e-07, -1.4047654315428462e-07, 1.0183620603842736e-07,
    4.1064013667940355e-08, -1.3312919661038687e-08, -8.217595058711455e-09,
    9.862533510345587e-10, 8.393734858690877e-10,
)
# fmt: on
NEAR_SINGLE, FAR_SINGLE = NEAR[:10], FAR[:19]  # what follows is below float32's resolution
BLOCK = 2**18  # bytes at a time: intermediate results stay in the cache


def _polynomial(x: Array, terms: Sequence[float]) -> Array:
    total = np.full_like(x, terms[-1])
    for term in terms[-2::-1]:
        total *= x
        total += term
    return total


def _near(x: Array) -> Array:
    """erf(x) for |x| <= 1."""
    terms = NEAR_SINGLE if x.dtype == np.float32 else NEAR
    return x * _polynomial(x * x, terms)


def _far(a: Array) -> Array:
    """erfc(a) for a >= 0."""
    terms = FAR_SINGLE if a.dtype == np.float32 else FAR
    a = np.minimum(a, 40.0)  # there the result is 0, and infinity makes no nan below
    # exp(-a * a) to the last digit: the square of the rounded part is exact, the rest is small.
    rounded = np.round(a * 16.0) / 16.0
    result: Array = np.exp(-rounded * rounded) * np.exp((rounded - a) * (rounded + a))
    result *= _polynomial((a - 3.0) / (a + 3.0), terms)
    result /= 1.0 + 2.0 * a
    return result


def _erf_block(x: Array) -> Array:
    result = _near(np.clip(x, -1.0, 1.0))
    outside = np.flatnonzero(np.abs(x) > 1.0)
    far = x[outside]
    result[outside] = np.copysign(1.0 - _far(np.abs(far)), far)
    return result


def _erfc_block(x: Array) -> Array:
    result = 1.0 - _near(np.clip(x, -1.0, 0.5))
    outside = np.flatnonzero((x < -1.0) | (x > 0.5))
    far = x[outside]
    tail = _far(np.abs(far))
    result[outside] = np.where(far > 0.0, tail, 2.0 - tail)
    return result


def _in_blocks(kernel: Callable[[Array], Array], x: Any) -> Any:
    """Apply `kernel` to an array of any shape and dtype, a block of it at a time."""
    x = np.asarray(x)
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
    work = np.float32 if dtype.itemsize <= 4 else np.float64
    flat = x.astype(work, copy=False).ravel()
    result = np.empty(x.shape, dtype)
    into = result.reshape(-1)
    step = BLOCK // flat.itemsize
    for start in range(0, flat.size, step):
        into[start : start + step] = kernel(flat[start : start + step])
    return result


def erf_array(x: Any) -> Any:
    """The error function, element by element: 2 / sqrt(pi) times the integral of exp(-t * t)."""
    return _in_blocks(_erf_block, x)


def erfc_array(x: Any) -> Any:
    """1 - erf(x), element by element, and exact far to the right, where that would be 0."""
    return _in_blocks(_erfc_block, x)
