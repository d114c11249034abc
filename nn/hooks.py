"""Hooks: functions that a module calls before or after its forward, until they are taken off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nn import errors


class Handle:
    """What registering a hook returns: `remove()` takes the hook off again."""

    def __init__(self, module: Any, kind: str, hook: Callable[..., Any]) -> None:
        if not callable(hook):
            raise errors.bad_option(type(module).__name__, "hook", "a function", hook)
        self._module, self._kind, self._hook = module, kind, hook
        setattr(module, kind, (*getattr(module, kind), hook))

    def remove(self) -> None:
        hooks = getattr(self._module, self._kind)
        setattr(self._module, self._kind, tuple(h for h in hooks if h is not self._hook))
