"""Media types: those that a client accepts and the one that it sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

#: What a reply says that depends on the Accept header of its request (RFC 9110, 12.5.5).
VARY_ACCEPT = (b"vary", b"Accept")

#: How many Accept headers are remembered; browsers send only a few different ones.
MEMO = 512


def bare(value: str) -> str:
    """A media type without its parameters, in lower case."""
    return value.split(";", 1)[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON, by its own name or that of before it had one, or has the suffix +json."""
    return media_type in {"application/json", "text/json"} or media_type.endswith("+json")


def sent_type(headers: Mapping[bytes, bytes]) -> str:
    """The media type of a request's body; JSON where it does not say."""
    return bare(headers.get(b"content-type", b"application/json").decode("latin-1"))


def choose(accept: str, offered: Sequence[str]) -> str | None:
    """The offered media type that an Accept header prefers, None if it accepts none of them.

    The highest q wins, then the more specific range, then the order in which they are offered (RFC 9110, 12.5.1).
    """
    best: tuple[float, int, int] | None = None
    chosen: str | None = None
    qualities: dict[str, float] = {}
    for media_range, quality in _ranges(accept):
        qualities[media_range] = max(quality, qualities.get(media_range, 0.0))
    for place, media_type in enumerate(offered):
        match = _match(qualities, bare(media_type))
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


def _match(qualities: Mapping[str, float], media_type: str) -> tuple[int, float] | None:
    """How specific the most specific matching range is (2 for `type/subtype`, 1 for `type/*`, 0 for `*/*`), and its q."""
    ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next(((2 - place, qualities[each]) for place, each in enumerate(ranges) if each in qualities), None)
