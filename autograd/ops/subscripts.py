"""einsum and tensordot: any product of arrays, with sums over shared axes.

Every axis has a letter; letters that the result does not have are summed over. The work is cut
into two kinds of step, and the backward pass of each is a step of the same kind:

- one array: take diagonals (repeated letters), sum, reorder;
- two arrays: contract, as one product of matrices. The gradient of an input is the contraction
  of the incoming gradient with the other input.

An axis of size 1 where others have more is dropped first, which is what broadcasting means here.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from string import ascii_letters
from typing import Any

import numpy as np

from autograd import errors
from autograd.ops.op import Op, array_op
from autograd.ops.operands import operand, shape_of
from autograd.ops.sums import Array, fast_sum

__all__ = ["einsum", "tensordot"]

TERM = re.compile(r"([A-Za-z]*)(\.\.\.)?([A-Za-z]*)")

# --- one array ------------------------------------------------------------------------------------


def _arranged(x: Any, source: str, target: str) -> Any:
    x = np.asarray(x)
    letters = "".join(dict.fromkeys(source))
    if letters != source:
        x = np.einsum(f"{source}->{letters}", x)
    summed = tuple([i for i, letter in enumerate(letters) if letter not in target])
    if summed:
        x = fast_sum(x, summed)
        letters = "".join([letter for letter in letters if letter in target])
    return np.transpose(x, [letters.index(letter) for letter in target])


_arrange = Op(
    "einsum",
    "einsum({source}->{target}, {})",
    None,
    _arranged,
    lambda g, out, x, source, target: rearrange(g, x, source, target),
    says="einsum of one array: every element gets the gradient of the one it was added into",
)


@array_op(
    "einsum({target}->{source}, {})",
    lambda g, out, _x, _like, source, target: _arrange(g, source, target),
    None,
    says="einsum backwards: spread over summed axes, put on diagonals",
)
def rearrange(x: Any, like: Any, source: str, target: str) -> Any:
    """The gradient of a one-array einsum: x, in the letters `target`, in the shape of `like`."""
    x, shape = np.asarray(x), np.shape(like)
    letters = "".join(dict.fromkeys(source))
    x = _aligned(x, target, letters)
    if letters == source:
        return np.broadcast_to(x, shape)
    out = np.zeros(shape, x.dtype)
    np.einsum(f"{source}->{letters}", out)[...] = x  # numpy gives a view of the diagonals
    return out


def _aligned(x: Array, letters: str, target: str) -> Array:
    """x with its axes in the order of `target`, and size 1 where it has none."""
    order = [letters.index(letter) for letter in target if letter in letters]
    x = np.transpose(x, order)
    return x[tuple([slice(None) if letter in letters else None for letter in target])]


# --- two arrays -----------------------------------------------------------------------------------


def _contracted(x: Any, y: Any, left: str, right: str, target: str) -> Any:
    x, y = np.asarray(x), np.asarray(y)
    summed = [a for a in left if a not in target]  # in `right` too, by construction
    if not summed:
        return np.multiply(_aligned(x, left, target), _aligned(y, right, target))
    batch = [a for a in left if a in right and a in target]
    rows = [a for a in left if a not in right]
    columns = [a for a in right if a not in left]
    sizes = dict(zip(left + right, x.shape + y.shape, strict=True))
    x = _grouped(x, left, (batch, rows, summed))
    if not rows and not columns:
        out = np.vecdot(x[:, 0], _grouped(y, right, (batch, summed)))
    elif batch:
        out = np.matmul(x, _grouped(y, right, (batch, summed, columns)))
    else:
        out = x[0] @ _grouped(y, right, (batch, summed, columns))[0]
    found = batch + rows + columns
    return np.transpose(out.reshape([sizes[a] for a in found]), [found.index(a) for a in target])


def _grouped(x: Array, letters: str, groups: Sequence[Sequence[str]]) -> Array:
    """x with its axes sorted into groups, each merged into one axis."""
    order = [letters.index(a) for group in groups for a in group]
    sizes = [math.prod([x.shape[letters.index(a)] for a in group]) for group in groups]
    return x.transpose(order).reshape(sizes)


_contract = Op(
    "einsum",
    "einsum({left},{right}->{target}, {}, {})",
    None,
    _contracted,
    lambda g, out, _x, y, left, right, target: _contract(g, y, target, right, left),
    lambda g, out, x, _y, left, right, target: _contract(g, x, target, left, right),
    says="einsum: in every product of two numbers, each gets the gradient times the other; what "
    "meets at one number is added up",
)


# --- any number of arrays -------------------------------------------------------------------------


def einsum(subscripts: str, *operands: Any) -> Any:
    """Sums of products along named axes, as numpy's `einsum`.

    Args:
        subscripts: a letter per axis, commas between arrays, and after "->" the axes of the
            result; without "->" these are the letters that occur once, in alphabetical order.
            A letter twice in one array means its diagonal; "..." stands for any further axes.
        operands: the arrays. More than two are contracted pair by pair, in the order that
            numpy's `einsum_path` finds cheap.

    numpy's other spelling, with lists of numbers, is not offered.

    Raises:
        OptionError: if the subscripts cannot be read.
        ShapeError: if they do not fit the arrays.

    >>> einsum("ij,j->i", [[1.0, 2.0], [3.0, 4.0]], [1.0, 10.0])
    array([21., 43.])
    """
    if not isinstance(subscripts, str):
        raise errors.einsum_text(subscripts, "they must be text; lists of numbers are not offered")
    xs = [operand(x) for x in operands]
    terms, target = _parse(subscripts, [len(shape_of(x)) for x in xs])
    sizes = _sizes(subscripts, terms, xs)
    if len(xs) == 1:
        return _arrange(xs[0], terms[0], target)
    for i, kept in enumerate(_lasting(terms, target, [shape_of(x) for x in xs], sizes)):
        if kept != terms[i]:
            xs[i], terms[i] = _arrange(xs[i], terms[i], kept), kept
    for pair in _path(terms, target, sizes):
        _contract_pair(xs, terms, target, pair)
    return xs[0]


def _lasting(
    terms: list[str], target: str, shapes: list[tuple[int, ...]], sizes: dict[str, int]
) -> list[str]:
    """The letters of each array that take part in products, each once.

    Not those of stretched axes of size 1, nor those that no other array and no result has.
    """
    full = [
        "".join(dict.fromkeys([a for a, n in zip(term, shape, strict=True) if n == sizes[a]]))
        for term, shape in zip(terms, shapes, strict=True)
    ]
    users = Counter("".join([*full, target]))
    return ["".join([a for a in term if users[a] > 1]) for term in full]


def _contract_pair(xs: list[Any], terms: list[str], target: str, pair: tuple[int, int]) -> None:
    """Replace two arrays by their contraction, which goes to the end of the lists."""
    i, j = sorted(pair)
    right, y = terms.pop(j), xs.pop(j)
    left, x = terms.pop(i), xs.pop(i)
    last = not xs
    needed = set(target).union(*terms)
    found = target if last else "".join([a for a in dict.fromkeys(left + right) if a in needed])
    # What only one of the two has and nobody needs was summed before, so both have the rest.
    xs.append(_contract(x, y, left, right, found))
    terms.append(found)


def _path(terms: list[str], target: str, sizes: dict[str, int]) -> list[tuple[int, int]]:
    """Which two arrays to contract, one step after another; results go to the end."""
    if len(terms) == 2:
        return [(0, 1)]
    shapes = [tuple([sizes[a] for a in term]) for term in terms]
    dummies = [np.broadcast_to(0.0, shape) for shape in shapes]
    steps = np.einsum_path(f"{','.join(terms)}->{target}", *dummies, optimize="greedy")[0][1:]
    # A step with more than two: nothing is gained by any order.
    pairs = [(step[0], step[1]) if len(step) == 2 else (0, 1) for step in steps]
    return pairs + [(0, 1)] * (len(terms) - 1 - len(pairs))


# --- reading subscripts ---------------------------------------------------------------------------


def _parse(subscripts: str, ndims: list[int]) -> tuple[list[str], str]:
    """One string of letters per array, and that of the result; "..." has become letters."""
    text = subscripts.replace(" ", "")
    inputs, arrow, output = text.partition("->")
    parts = [TERM.fullmatch(part) for part in inputs.split(",")]
    result = TERM.fullmatch(output)
    if result is None or None in parts:
        raise errors.einsum_text(subscripts, "only letters, commas, '...' and one '->' may occur")
    if len(parts) != len(ndims):
        why = f"they name {len(parts)} arrays, and {len(ndims)} were given"
        raise errors.einsum_text(subscripts, why)
    spare = [a for a in ascii_letters if a not in text]
    terms = []
    widest = 0
    for part, ndim in zip(parts, ndims, strict=True):
        assert part is not None
        before, dots, after = part.groups(default="")
        width = ndim - len(before) - len(after)
        if width < 0 or (width and not dots) or width > len(spare):
            why = f"{part.group()!r} does not fit an array of {ndim} axes"
            raise errors.einsum_text(subscripts, why)
        widest = max(widest, width)
        terms.append((before, width, after))
    further = spare[:widest]
    named = ["".join([a, *further[widest - width :], b]) for a, width, b in terms]
    if not arrow:
        once = Counter("".join([a + b for a, _, b in terms]))
        return named, "".join([*further, *sorted(a for a in once if once[a] == 1)])
    before, dots, after = result.groups(default="")
    if widest and not dots:
        why = "the result needs '...' too, for the axes that it stands for in the arrays"
        raise errors.einsum_text(subscripts, why)
    target = "".join([before, *further, after])
    unknown = set(target).difference(*named)
    if unknown or len(set(target)) < len(target):
        why = (
            f"{min(unknown)!r} of the result is in no array" if unknown else "a letter comes twice"
        )
        raise errors.einsum_text(subscripts, f"{why} (in the result)" if not unknown else why)
    return named, target


def _sizes(subscripts: str, terms: list[str], xs: list[Any]) -> dict[str, int]:
    """The size that each letter stands for."""
    sizes: dict[str, int] = {}
    for term, x in zip(terms, xs, strict=True):
        own: dict[str, int] = {}
        for letter, n in zip(term, shape_of(x), strict=True):
            if own.setdefault(letter, n) != n:
                raise errors.einsum_sizes(subscripts, letter, (own[letter], n))
            known = sizes.setdefault(letter, n)
            if known == 1:
                sizes[letter] = n
            elif n not in (1, known):
                raise errors.einsum_sizes(subscripts, letter, (known, n))
    return sizes


# --- tensordot ------------------------------------------------------------------------------------


def tensordot(x: Any, y: Any, axes: Any = 2) -> Any:
    """The sum of products over pairs of axes, as numpy's `tensordot`: a case of `einsum`.

    Args:
        x, y: arrays.
        axes: how many: the last ones of x with the first ones of y; or two lists, the axes of x
            and those of y that belong to them.

    Returns:
        An array with the remaining axes of x, then those of y.

    Raises:
        ShapeError: if axes that are paired have different sizes.

    >>> tensordot([[1.0, 2.0], [3.0, 4.0]], [1.0, 10.0], axes=1)
    array([21., 43.])
    """
    x, y = operand(x), operand(y)
    first, second = _paired(shape_of(x), shape_of(y), axes)
    spare = iter(map(chr, range(ord("a"), ord("a") + 128)))
    left = [next(spare) for _ in shape_of(x)]
    right = [next(spare) for _ in shape_of(y)]
    for i, j in zip(first, second, strict=True):
        right[j] = left[i]
    target = [a for a in left + right if (a in left) != (a in right)]
    return _contract(x, y, "".join(left), "".join(right), "".join(target))


def _paired(x: tuple[int, ...], y: tuple[int, ...], axes: Any) -> tuple[list[int], list[int]]:
    """The axes of x and of y that are summed over, counted from the front."""
    try:
        if np.ndim(axes) == 0 and not isinstance(axes, (list, tuple)):
            number = int(axes)
            first, second = list(range(len(x) - number, len(x))), list(range(number))
            valid = 0 <= number <= min(len(x), len(y))
        else:
            one, other = axes
            first, second = ([int(a) for a in np.atleast_1d(z)] for z in (one, other))
            first = [a + len(x) if a < 0 else a for a in first]
            second = [a + len(y) if a < 0 else a for a in second]
            valid = len(set(first)) == len(first) == len(second) == len(set(second))
        valid = valid and [x[a] for a in first] == [y[a] for a in second]
    except (TypeError, ValueError, IndexError):
        valid = False
    if not valid:
        raise errors.tensordot_axes(x, y, axes)
    return first, second
