"""Documents that a user names: opened whole, or refused in one sentence."""

from pathlib import Path

import pytest

from understudy.specs import ContractError
from understudy.specs.documents.opening import open_document

GOOD = """
openapi: 3.1.0
info: {title: Shop, version: 1}
paths:
  /goods: {get: {operationId: goods, responses: {'200': {description: fine}}}}
"""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("swagger: '1.2'", "line 1: /swagger: 1.2 is not a version that is read here; use OpenAPI 3.0, 3.1 or 3.2"),
        ("hello: 1", "the member 'openapi', or 'swagger', with a version is missing"),
        ("info: {}\nopenapi: 4.0.0", "line 2: /openapi: 4.0.0 is not a version that is read here"),
        ("[1]", "an OpenAPI document is an object"),
        ("openapi: 3.0.3\npaths: [a]", "line 2: /paths: .* is not an object"),
        ("openapi: 3.0.3\n  bad: x", "line 2, column"),
        ("", "is an object, not null"),
    ],
)
def test_what_is_not_openapi_is_refused_in_one_sentence(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "api.yaml").write_text(text, "utf-8")

    with pytest.raises(ContractError, match=problem) as refused:
        open_document(str(tmp_path / "api.yaml"))
    assert "api.yaml: " in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"none\.yaml: No such file"):
        open_document(str(tmp_path / "none.yaml"))


@pytest.mark.parametrize("address", ["http://[", "file://[x", "file:///a%00b.yaml"])
def test_an_address_that_cannot_be_one_is_refused(address: str) -> None:
    with pytest.raises(ContractError, match="is not a valid address"):
        open_document(address)


def test_a_document_without_paths_is_open_to_webhooks_alone(tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text("openapi: 3.1.0\ninfo: {title: T, version: 1}\nwebhooks: {}\n", "utf-8")

    assert open_document(str(tmp_path / "api.yaml")).unhonoured() == ()


def test_overlays_are_laid_over_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text(GOOD, "utf-8")
    for name, title in (("one", "First"), ("two", "Second")):
        action = f"{{target: $.info, update: {{title: {title}}}}}"
        text = f"overlay: 1.0.0\nextends: api.yaml\ninfo: {{title: x, version: 1}}\nactions: [{action}]"
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    opened = open_document(str(tmp_path / "api.yaml"), [str(tmp_path / "one.yaml"), str(tmp_path / "two.yaml")])

    assert (opened.title, opened.unhonoured()) == ("Second", ())


def test_an_overlay_for_another_document_is_reported(tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text(GOOD, "utf-8")
    text = "overlay: 1.0.0\nextends: other.yaml\ninfo: {title: x, version: 1}\nactions: [{target: $, update: {}}]"
    (tmp_path / "o.yaml").write_text(text, "utf-8")
    opened = open_document(str(tmp_path / "api.yaml"), [str(tmp_path / "o.yaml")])

    [line] = opened.unhonoured()
    assert "it extends other.yaml" in line
