"""What a front-end developer reads when a request is refused: what is wrong, and what is accepted."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from understudy import Understudy, serve


@pytest.fixture(scope="module")
def mock() -> Iterator[Understudy]:
    with serve() as mock:
        yield mock


def _message(reply: httpx.Response) -> Any:
    error = reply.json().get("error", reply.json())
    error = error["errors"][0] if "errors" in error and "message" not in error else error
    return error.get("detail") or error.get("message") if isinstance(error, dict) else error


@pytest.mark.parametrize("api", ["participant-kit", "consent-kit"])
def test_a_body_that_is_not_an_object_has_no_made_up_member(mock: Understudy, api: str) -> None:
    error = mock.client(api).post("/v1/participants", json=[]).json()["error"]

    assert error == {"type": "invalid_request", "message": "The body must be a JSON object."}


@pytest.mark.parametrize(
    ("api", "path"),
    [("prolific", "/api/v1/studies/"), ("forsta", "/v1/surveys/{survey}/respondents/uservariables")],
)
def test_a_body_that_is_not_an_object_is_refused_in_each_shape(mock: Understudy, api: str, path: str) -> None:
    reply = mock.client(api).post(path.format(survey=_survey(mock)), json="x")

    assert _message(reply) == "The body must be a JSON object."


def _survey(mock: Understudy) -> str:
    records = httpx.get(f"{mock.root}/_mock/resources/forsta/survey", trust_env=False).json()
    return str(records["records"][0]["id"])


def test_addresses_are_described(mock: Understudy) -> None:
    reply = mock.client("participant-kit").post("/v1/participants", json={"name": "A", "email": "x", "event_id": "e"})

    assert _message(reply) == "email: must be an email address; event_id: does not name an existing study"


def test_the_media_types_that_can_be_sent_and_answered_are_named(mock: Understudy) -> None:
    client = mock.client("participant-kit")

    sent = client.post("/v1/studies", content="a,b", headers={"Content-Type": "text/csv"})
    asked = mock.client("lookit").get("/api/v1/children/", headers={"Accept": "text/html"})

    assert _message(sent).startswith("The media type text/csv is not supported; send application/json")
    assert (asked.status_code, _message(asked)) == (406, "This operation answers only application/vnd.api+json.")


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("PUT", "scenario", {"name": "zz"}, "There is no scenario 'zz'. The scenarios are "),
        ("GET", "openapi/zz.json", None, "There is no document 'zz.json'. The documents are consent-kit.json, "),
        ("GET", "resources/lookit/zz", None, "There is no resource 'zz'. The resources are "),
        ("GET", "resources/zz/project", None, "There is no API 'zz' here. The APIs are consent-kit, "),
        ("GET", "requests?method=ZZ", None, "method: there is no method 'ZZ'; the methods are "),
        ("GET", "requests?zz=1", None, "There is no query parameter zz. The query parameters are "),
        ("PUT", "preferences", {"prefer": "zz"}, "prefer: 'zz' contains no known preference. The preferences are "),
        ("DELETE", "scenario", None, "The methods allowed here are "),
        (
            "PUT",
            "scenario",
            {"nmae": "x", "name": "y"},
            "nmae: is not a member that is accepted here; accepted are name",
        ),
        ("PUT", "scenario", [], "The body must be a JSON object."),
    ],
)
def test_a_refusal_of_a_control_operation_lists_the_choices(
    mock: Understudy, method: str, path: str, body: Any, message: str
) -> None:
    reply = httpx.request(method, f"{mock.root}/_mock/{path}", json=body, trust_env=False)

    assert reply.json()["error"]["message"].startswith(message), reply.text


def test_a_member_of_a_filter_is_named_by_its_whole_way(mock: Understudy) -> None:
    body = {"filters": [{"filter_id": "handedness", "selected_values": [1]}]}
    reply = mock.client("prolific").post("/api/v1/eligibility-count/", json=body)

    assert _message(reply) == {"filters.0.selected_values.0": ["must be a string"]}


def test_a_wrong_line_of_bonuses_is_named_first(mock: Understudy) -> None:
    client = mock.client("prolific")
    study = client.get("/api/v1/studies/").json()["results"][0]["id"]
    reply = client.post("/api/v1/submissions/bonus-payments/", json={"study_id": study, "csv_bonuses": "x"})

    form = "an id, a comma and an amount above 0 with at most two decimals"
    assert _message(reply) == {"csv_bonuses": [f"line 1 must have {form}"]}
