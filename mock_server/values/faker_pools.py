"""Pools of names, cities and the like, drawn once from Faker for each locale."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

import orjson

from understudy.specs.reading.cache import cached

#: Large enough that a page of a list does not repeat itself, small enough to draw in milliseconds.
SIZE = 199

#: The kind of what is kept; its number changes with how a pool is drawn.
KIND = "pools-1"


@cache
def pool(provider: str, locales: tuple[str, ...], seed: int) -> tuple[str, ...]:
    """Different texts from a Faker provider, the locales taking turns.

    Raises ValueError for a provider or a locale that Faker does not have.
    """
    drawn = [_kept(provider, locale, seed) for locale in locales]
    return tuple(text for turn in zip(*drawn, strict=False) for text in turn)


def _kept(provider: str, locale: str, seed: int) -> list[str]:
    """The texts of one locale. Importing Faker and drawing from it is a tenth of what a start costs."""
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
        raise ValueError(f"Faker has no locale {locale!r}") from error
    fake.seed_instance(f"{seed}/{provider}/{locale}")
    try:
        draw = getattr(fake, provider)
    except AttributeError as error:
        raise ValueError(f"Faker has no provider {provider!r}") from error
    found = dict.fromkeys(str(draw()) for _ in range(SIZE * 2))
    return list(found)[:SIZE]
