"""Media types: what a client accepts, what it sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

#: Remembered Accept headers; browsers send a handful.
MEMO = 512


def bare(value: str) -> str:
    """A media type without its parameters, in lower case."""
    return value.split(";", 1)[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON or built on it."""
    return media_type == "application/json" or media_type.endswith("+json")


def choose(accept: str, offered: Sequence[str]) -> str | None:
    """The offered media type that an Accept header likes best, None when it likes none.

    The highest q wins, then the more specific range, then the order of the offer (RFC 9110, 12.5.1).
    """
    best: tuple[float, int, int] | None = None
    chosen: str | None = None
    ranges = list(_ranges(accept))
    for place, media_type in enumerate(offered):
        match = max(
            ((specific, q) for wanted, q in ranges if (specific := _matches(wanted, bare(media_type))) >= 0),
            default=None,
        )
        if match is None or match[1] <= 0:
            continue
        rank = (match[1], match[0], -place)
        if best is None or rank > best:
            best, chosen = rank, media_type
    return chosen


def _ranges(accept: str) -> Iterable[tuple[str, float]]:
    for part in accept.split(","):
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if media_range:
            yield media_range, _quality(parameters)


def _quality(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def _matches(wanted: str, media_type: str) -> int:
    """2 for the type itself, 1 for its family, 0 for anything, -1 for no match."""
    if wanted == media_type:
        return 2
    if wanted == f"{media_type.partition('/')[0]}/*":
        return 1
    return 0 if wanted == "*/*" else -1
