"""What the seeded records depend on besides the contract: seed, size and locales, checked once for everyone who takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SeedOptions:
    """A seed, a factor for the number of records, and Faker locales."""

    seed: int
    size: int
    locales: tuple[str, ...]

    @classmethod
    def of(cls, seed: Any, size: Any, locales: Any) -> SeedOptions:
        """The options that a caller passed. Raises TypeError and ValueError, which name the option and what it takes."""
        for name, value in (("seed", seed), ("size", size)):
            if not isinstance(value, int) or isinstance(value, bool):
                raise TypeError(f"{name} must be a whole number, not {value!r}")
        if size < 1:
            raise ValueError(f"size must be at least 1, not {size}")
        if isinstance(locales, str):
            raise TypeError(f"locales must be a list of locales, not the text {locales!r}; pass [{locales!r}]")
        try:
            names = tuple(locales)
        except TypeError:
            raise TypeError(f"locales must be a list of locales, not {locales!r}") from None
        if not names or not all(isinstance(name, str) for name in names):
            raise ValueError(f"locales must name at least one locale, such as 'en_GB', not {locales!r}")
        return cls(seed, size, names)
