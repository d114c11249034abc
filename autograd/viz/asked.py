"""What users hand to the views beside the graph, checked where every view can use it."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from typing import Any

from autograd import errors
from autograd.graph import Node


def nodes(option: str, given: Node | Iterable[Node]) -> list[Node]:
    """One node, or several.

    Raises:
        DTypeError: for anything else.
    """
    if isinstance(given, Node):
        return [given]
    if not isinstance(given, Iterable):
        raise errors.not_nodes(option, given)
    found = list(given)
    for node in found:
        if not isinstance(node, Node):
            raise errors.not_nodes(option, node)
    return found


def whole(option: str, given: Any, least: int | None = None) -> int:
    """A whole number, of at least so much.

    Raises:
        OptionError: for anything else.
    """
    try:
        number = operator.index(given)
    except TypeError:
        raise errors.no_whole_number(option, given, least) from None
    if least is not None and number < least:
        raise errors.no_whole_number(option, given, least)
    return number


def mapping(option: str, given: Any) -> Mapping[Any, Any]:
    """A dictionary.

    Raises:
        DTypeError: for anything else.
    """
    if not isinstance(given, Mapping):
        raise errors.not_a_dictionary(option, given)
    return given
