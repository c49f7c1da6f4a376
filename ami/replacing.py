"""`replace` for the board's frozen values: what `dataclasses.replace` does, at a quarter of its cost.

The reducer makes a new value with every step of a call; `dataclasses.replace` looks at each field anew each time and
sends every one through `__init__`. Values with slots and without `__post_init__` can be copied field by field instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import replace as replace  # with the type checker's own knowledge of it
else:
    from collections.abc import Callable
    from dataclasses import fields
    from operator import attrgetter
    from typing import Any

    _Plan = tuple[dict[str, int], Callable[[Any], tuple[Any, ...]], list[Callable[[Any, Any], None]]]
    _plans: dict[type, _Plan] = {}

    def replace(value: Any, /, **changes: Any) -> Any:
        """A copy of the frozen value with these fields changed; TypeError for a name that is no field."""
        kind = type(value)
        plan = _plans.get(kind)
        if plan is None:
            plan = _plans[kind] = _plan(kind)
        positions, read, setters = plan
        values = list(read(value))
        for name, changed in changes.items():
            position = positions.get(name)
            if position is None:
                raise TypeError(f"{kind.__name__} has no field {name!r}")
            values[position] = changed
        copy = object.__new__(kind)
        for put, each in zip(setters, values, strict=True):
            put(copy, each)
        return copy

    def _plan(kind: type) -> _Plan:
        names = [field.name for field in fields(kind)]
        if len(names) < 2 or hasattr(kind, "__post_init__"):
            raise TypeError(f"{kind.__name__} is not a plain frozen value of several fields")
        return (
            {name: position for position, name in enumerate(names)},
            attrgetter(*names),
            [
                getattr(kind, name).__set__ for name in names
            ],  # the slots: `__setattr__` of a frozen value refuses
        )
