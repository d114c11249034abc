"""Data in batches, and sequences in windows.

`DataLoader` cuts arrays into batches along their first axis. `windows` cuts one long sequence
into stretches to train on. Windows that overlap show the middle of the sequence more often than
its ends, and a window that ends knows nothing of the next: so a `Windows` object says where each
begins, how inputs and targets are aligned, and how often each pair (element, next one) is seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor
from autograd.errors import DTypeError, ShapeError
from nn import errors, init
from nn.files.generators import restore_generator
from nn.functional.checks import flag, one_of

Array = np.ndarray[Any, Any]


class DataLoader:
    """Batches of arrays that belong together: images and labels, say.

    Args:
        data: an array, or a tuple of arrays with one sample per row.
        batch_size: samples per batch; the last batch is smaller if they do not divide evenly.
        shuffle: another random order in each pass.
        drop_last: leave a smaller last batch out.
        generator: for shuffling: a numpy Generator, a seed, or None.
        dtype: what arrays and lists of floating-point numbers are converted to; by default what
            layers are made in (`autograd.get_default_dtype()`). Tensors stay what they are.

    Each pass yields tuples of read-only Tensors, one for each array. A Tensor's batches in order
    are views of it; otherwise each batch is one copy, and a later change of a given array is seen.

    Raises:
        ShapeError: if the numbers of samples differ.
        DTypeError: for data that are no arrays of numbers.
        OptionError: for a batch size below 1.

    >>> loader = DataLoader((np.arange(10.0), np.arange(10)), batch_size=4)
    >>> len(loader), [labels.numpy().tolist() for _, labels in loader]
    (3, [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])
    """

    def __init__(
        self,
        data: Any,
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        drop_last: bool = False,
        generator: init.Seed = None,
        dtype: Any = None,
    ) -> None:
        _whole("DataLoader", "batch_size", batch_size)
        arrays = data if isinstance(data, tuple) else (data,)
        if not arrays:
            raise errors.bad_data(data)
        try:
            dtype = ag.get_default_dtype() if dtype is None else np.dtype(dtype)
        except TypeError:
            raise errors.bad_option("DataLoader", "dtype", "a dtype or None", dtype) from None
        self.tensors = tuple(_as_data(array, dtype) for array in arrays)
        lengths = [len(tensor) for tensor in self.tensors]
        if len(set(lengths)) > 1:
            raise errors.unequal_data(lengths)
        self.samples = lengths[0]
        self.batch_size = int(batch_size)
        self.shuffle = flag("DataLoader", "shuffle", shuffle)
        self.drop_last = flag("DataLoader", "drop_last", drop_last)
        self.generator = init.as_generator(generator)

    def __len__(self) -> int:
        """How many batches a pass yields."""
        full, rest = divmod(self.samples, self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        # Drawn here and not at the first batch: a pass that was begun has used its numbers.
        order = self.generator.permutation(self.samples) if self.shuffle else None
        return self._batches(order)

    def _batches(self, order: Array | None) -> Iterator[tuple[Tensor, ...]]:
        for i in range(len(self)):
            part = slice(i * self.batch_size, min((i + 1) * self.batch_size, self.samples))
            if order is None:
                yield tuple(tensor[part] for tensor in self.tensors)
            else:
                yield tuple(ag.take(tensor, order[part], axis=0) for tensor in self.tensors)

    def state_dict(self) -> dict[str, Any]:
        """The state of the shuffling generator: the passes to come follow from it."""
        return {"generator": self.generator.bit_generator.state}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Shuffle from now on as the loader did whose state this is.

        Raises:
            StateError: if it is no such state.
        """
        if not isinstance(state, Mapping) or "generator" not in state:
            raise errors.bad_part("the loader", "a dict with the key 'generator'", state)
        restore_generator(self.generator, state["generator"])

    def __repr__(self) -> str:
        shapes = ", ".join(f"{t.dtype}{list(t.shape)}" for t in self.tensors)
        return (
            f"DataLoader({shapes}, batch_size={self.batch_size}, shuffle={self.shuffle}, "
            f"drop_last={self.drop_last}: {len(self)} batches)"
        )


class Windows:
    """Stretches of one sequence, with inputs and targets; see `windows`, which makes them.

    Attributes:
        sequence: the whole, as an array.
        starts: where each window begins.
        stops: where each window's last target ends (its last element, if there are no targets).
        ahead: how many steps a target lies after its input.
        alignment: the same in words.

    Indexing and looping give pairs (inputs, targets), views of the sequence.
    """

    def __init__(
        self, sequence: Array, starts: Array, stops: Array, targets: str, ahead: int
    ) -> None:
        self.sequence, self.starts, self.stops = sequence, starts, stops
        self.targets_are, self.ahead = targets, ahead

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, i: int) -> tuple[Array, Array]:
        start, stop = int(self.starts[i]), int(self.stops[i])
        return self.sequence[start : stop - self.ahead], self.sequence[start + self.ahead : stop]

    def __iter__(self) -> Iterator[tuple[Array, Array]]:
        return (self[i] for i in range(len(self)))

    @property
    def lengths(self) -> Array:
        """How many pairs (input, target) each window has."""
        lengths: Array = self.stops - self.starts - self.ahead
        return lengths

    @property
    def inputs(self) -> Array:
        """The inputs of all windows, (windows, length, ...).

        Raises:
            ShapeError: if the windows have different lengths.
        """
        return self._stacked(0)

    @property
    def targets(self) -> Array:
        """The targets of all windows, aligned with `inputs`."""
        return self._stacked(self.ahead)

    def _stacked(self, shift: int) -> Array:
        lengths = np.unique(self.lengths)
        if len(lengths) > 1:
            raise errors.ragged_windows(lengths.tolist())
        at = self.starts[:, None] + shift + np.arange(lengths[0])
        stacked: Array = self.sequence[at]
        return stacked

    @property
    def pair_counts(self) -> Array:
        """How often each pair (element i, element i + ahead) is trained, for each i."""
        return self._counted(self.stops - self.ahead, len(self.sequence) - self.ahead)

    @property
    def element_counts(self) -> Array:
        """In how many windows each element lies, as input or target."""
        return self._counted(self.stops, len(self.sequence))

    def _counted(self, stops: Array, length: int) -> Array:
        steps = np.zeros(length + 1, np.int64)
        np.add.at(steps, self.starts, 1)
        np.add.at(steps, stops, -1)
        counts: Array = np.cumsum(steps[:-1])
        return counts

    @property
    def alignment(self) -> str:
        """How targets are aligned, in a sentence."""
        steps = "1 step" if self.ahead == 1 else f"{self.ahead} steps"
        where = "inside its window" if self.targets_are == "inside" else "also after its window"
        return f"each target is the element {steps} after its input, {where}"

    def split(self, fraction: float = 0.2) -> tuple[Windows, Windows]:
        """The windows in two parts, early ones and late ones, that share no element.

        Overlapping windows that were split at random would be nearly the same in both parts, and
        a validation loss would say nothing. Here the windows that straddle the cut belong to
        neither part.

        Args:
            fraction: what share of the windows that are kept goes into the second part, as
                nearly as the cut allows.

        Returns:
            Windows for training and for validation.

        Raises:
            OptionError: unless 0 < fraction < 1.
            ShapeError: if there is no such cut.

        >>> train, validation = windows(np.arange(100), 10, 1).split(0.25)
        >>> len(train), len(validation), int(train.stops.max() <= validation.starts.min())
        (61, 21, 1)
        """
        if isinstance(fraction, bool) or not 0.0 < fraction < 1.0:
            raise errors.bad_option("windows", "fraction", "between 0 and 1", fraction)
        # Cut in front of window k: those from k on are late, those that end by then are early.
        early = np.searchsorted(self.stops, self.starts, side="right")
        late = len(self) - np.arange(len(self))
        share = np.where(early > 0, late / (early + late), np.inf)
        if not np.isfinite(share).any():
            raise errors.cannot_split(len(self))
        cut = int(np.argmin(np.abs(share - fraction)))
        return self._part(0, int(early[cut])), self._part(cut, len(self))

    def _part(self, start: int, stop: int) -> Windows:
        starts, stops = self.starts[start:stop], self.stops[start:stop]
        return Windows(self.sequence, starts, stops, self.targets_are, self.ahead)

    def __repr__(self) -> str:
        pairs = self.pair_counts
        lengths = np.unique(self.lengths)
        span = f"{lengths[0]}" if len(lengths) == 1 else f"{lengths[0]} to {lengths[-1]}"
        return (
            f"{len(self)} windows of {span} pairs over {len(self.sequence)} elements: "
            f"{pairs.sum()} pairs, {np.count_nonzero(pairs)} of {len(pairs)} different ones, each "
            f"{pairs.min()} to {pairs.max()} times; {self.alignment}"
        )


def windows(
    sequence: Any,
    length: int,
    shift: int | None = None,
    *,
    targets: str = "inside",
    ahead: int = 1,
    drop_last: bool = False,
) -> Windows:
    """Cut a sequence into windows, each with inputs and the targets that follow them.

    Args:
        sequence: an array, time first; a string counts as its letters.
        length: elements per window.
        shift: from the start of one window to the start of the next; by default `length`, which
            makes blocks that do not overlap.
        targets: "inside": a window is `length` elements, the inputs are all but its last `ahead`
            and the targets all but its first: what follows the last element of a block is never
            learned. "after": there are `length` inputs, and the targets reach `ahead` elements
            further: nothing is lost at the seams but the context.
        ahead: how many steps ahead the target lies.
        drop_last: at the end, leave out a shorter window. It is there only if it holds a pair
            that no full window holds.

    Raises:
        ShapeError: if not even one window fits.
        OptionError: for options that make no sense.

    >>> import string
    >>> windows(string.ascii_uppercase, 14)
    2 windows of 11 to 13 pairs over 26 elements: 24 pairs, 24 of 25 different ones, each 0 to 1
    times; each target is the element 1 step after its input, inside its window
    >>> windows(string.ascii_uppercase, 14, 1).pair_counts.tolist()[:14]
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 12]
    """
    array = np.asarray(list(sequence)) if isinstance(sequence, str) else np.asarray(sequence)
    shift = length if shift is None else shift
    for name, number in (("length", length), ("shift", shift), ("ahead", ahead)):
        _whole("windows", name, number)
    one_of("windows", "targets", targets, ("inside", "after"))
    flag("windows", "drop_last", drop_last)
    if targets == "inside" and length <= ahead:
        raise errors.bad_option("windows", "length", f"more than {ahead} (ahead)", length)
    elements = len(array) if array.ndim else 0
    span = length if targets == "inside" else length + ahead
    full = max(0, (elements - span) // shift + 1)
    starts = [i * shift for i in range(full)]
    stops = [start + span for start in starts]
    rest = full * shift  # where the next window would begin
    covered = stops[-1] if stops else 0
    if not drop_last and covered < elements and elements - rest > ahead:
        starts.append(rest)
        stops.append(elements)
    if not starts:
        raise errors.no_windows(length, span, elements)
    return Windows(array, np.asarray(starts), np.asarray(stops), targets, int(ahead))


def _as_data(array: Any, dtype: Any) -> Tensor:
    """`array` as a Tensor that shares its memory where it can."""
    if isinstance(array, Tensor):
        if array.requires_grad:
            raise errors.data_wants_gradient(array)
        if not array.ndim:
            raise errors.bad_data(array)
        return array
    if not hasattr(array, "__len__") or isinstance(array, (str, bytes, Mapping)):
        raise errors.bad_data(array)
    if not isinstance(array, np.ndarray):
        try:
            Tensor(array)  # refuses what is no rectangle of numbers, in a sentence
        except (DTypeError, ShapeError):
            if isinstance(array, list) and isinstance(array[0], (tuple, Mapping)):
                raise errors.samples_one_by_one() from None
            raise
        array = np.asarray(array)
    if not array.ndim:
        raise errors.bad_data(array)
    if array.dtype.kind == "f" and array.dtype != dtype:
        return Tensor(array, dtype=dtype)
    return ag.as_tensor(array)


def _whole(owner: str, name: str, number: Any) -> None:
    """Raise unless `number` is an integer of at least 1."""
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < 1:
        raise errors.bad_option(owner, name, "an integer of at least 1", number)
