"""Pools of names, cities and similar texts, generated once by Faker for each locale."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

import orjson

from understudy.specs.reading.cache import cached

#: Large enough that a page of a list repeats no text, small enough to be generated in milliseconds.
SIZE = 199

#: The kind of the cache entries; its number changes if pools are generated differently.
KIND = "pools-1"


class UnknownLocaleError(ValueError):
    """A locale that Faker does not have."""


@cache
def pool(provider: str, locales: tuple[str, ...], seed: int) -> tuple[str, ...]:
    """Distinct texts from a Faker provider, in which the locales alternate.

    Raises ValueError for a provider or a locale that Faker does not have.
    """
    drawn = [_cached(provider, locale, seed) for locale in locales]
    return tuple(text for turn in zip(*drawn, strict=False) for text in turn)


def _cached(provider: str, locale: str, seed: int) -> list[str]:
    """The texts of one locale, cached since importing Faker and using it is a tenth of the time of a start."""
    key = orjson.dumps([_version(), SIZE, provider, locale, seed])
    drawn: list[str] = cached(KIND, key, lambda: _draw(provider, locale, seed))
    return drawn


@cache
def _version() -> str:
    return version("faker")


def _draw(provider: str, locale: str, seed: int) -> list[str]:
    from faker import Faker  # imported late: seldom needed

    try:
        fake = Faker(locale)
    except AttributeError as error:
        raise UnknownLocaleError(f"Faker has no locale {locale!r}") from error
    fake.seed_instance(f"{seed}/{provider}/{locale}")
    try:
        draw = getattr(fake, provider)
    except AttributeError as error:
        raise ValueError(f"Faker has no provider {provider!r}") from error
    found = dict.fromkeys(str(draw()) for _ in range(SIZE * 2))
    return list(found)[:SIZE]
