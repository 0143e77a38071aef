"""Pools of names and places, drawn once for each locale."""

import pytest

from understudy.mock_server.values.faker_pools import SIZE, _draw, pool


def test_a_pool_holds_different_texts() -> None:
    names = pool("first_name", ("en_GB",), 42)

    assert len(set(names)) == len(names) > 100


def test_a_pool_is_what_faker_draws_whether_it_was_drawn_before_or_not() -> None:
    drawn = _draw("first_name", "en_GB", 42)
    pool.cache_clear()

    assert list(pool("first_name", ("en_GB",), 42)) == drawn == _draw("first_name", "en_GB", 42)


def test_another_seed_draws_another_order() -> None:
    assert pool("last_name", ("en_GB",), 42) != pool("last_name", ("en_GB",), 43)


def test_locales_take_turns() -> None:
    english, german = pool("city", ("en_GB",), 1), pool("city", ("de_DE",), 1)

    both = pool("city", ("en_GB", "de_DE"), 1)

    shorter = min(len(english), len(german), SIZE)
    assert both[0 : 2 * shorter : 2] == english[:shorter]
    assert both[1 : 2 * shorter : 2] == german[:shorter]


@pytest.mark.parametrize(("provider", "locale"), [("first_name", "xx_XX"), ("frist_name", "en_GB")])
def test_what_faker_does_not_have_is_refused_by_name(provider: str, locale: str) -> None:
    with pytest.raises(ValueError, match=r"xx_XX|frist_name"):
        pool(provider, (locale,), 1)
