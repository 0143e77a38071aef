"""Values as far as they fit a schema."""

from understudy.mock_server.values.shaping import Shaping

URI = "urn:shop"
SCHEMAS = {"components": {"schemas": {"Price": {"type": "integer", "minimum": 1}}}}
PRICE = {"$ref": f"{URI}#/components/schemas/Price"}


def test_a_value_fits_or_not_before_and_after_the_validators_are_forgotten() -> None:
    shaping = Shaping(URI, SCHEMAS, 42, ("en_GB",))

    for _ in range(2):
        assert shaping.fits(PRICE, 1)
        assert not shaping.fits(PRICE, 0)
        shaping.forget_validators()
