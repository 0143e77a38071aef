"""Messages: to one, to many at once, made safe, read back."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from prolific_play import ADMIN, API, FOREIGN_STUDY, NOWHERE, PEOPLE, STUDY, ok, refused

from understudy.mock_server.behaviours.prolific.submissions import messages

INES = "60a42f4c693c29420793cb74"


def _send(
    client: httpx.Client, body: Any = "Thank you.", recipient: str = PEOPLE[0], study: str = STUDY
) -> httpx.Response:
    return client.post(f"{API}/messages/", json={"recipient_id": recipient, "body": body, "study_id": study})


def _read(client: httpx.Client, path: str = "messages", **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ok(client.get(f"{API}/{path}/", params={"page_size": "100", **query}))["results"]
    return found


@pytest.mark.clauses("PR-131", "PR-134", "PR-135", "PR-375", "PR-376", "PR-490", "PR-463")
def test_a_message_is_read_back(client: httpx.Client) -> None:
    reply = _send(client, "Thank you, really.")
    message = _read(client, user_id=PEOPLE[0])[0]

    assert (reply.status_code, reply.content) == (204, b"")
    assert (message["sender_id"], message["body"], message["type"]) == (ADMIN, "Thank you, really.", "message")
    assert message["data"]["study_id"] == STUDY
    assert _read(client)[0] == message
    assert _read(client, user_id=PEOPLE[1]) == []


@pytest.mark.clauses("PR-131")
def test_a_message_can_go_to_a_fellow_researcher(client: httpx.Client, collaborator: httpx.Client) -> None:
    assert _send(client, "Have a look.", INES).status_code == 204

    assert _read(collaborator, "messages/unread")[0]["body"] == "Have a look."


@pytest.mark.clauses("PR-376")
def test_two_people_share_one_channel(client: httpx.Client) -> None:
    _send(client)
    letter = {"recipient_id": ADMIN, "body": "You are welcome.", "study_id": STUDY}
    ok(client.post(f"/_mock/prolific/participants/{PEOPLE[0]}/messages", json=letter), 201)
    _send(client, recipient=PEOPLE[1])
    both, other = _read(client, user_id=PEOPLE[0]), _read(client, user_id=PEOPLE[1])

    assert len({message["channel_id"] for message in both}) == 1
    assert other[0]["channel_id"] != both[0]["channel_id"]


@pytest.mark.clauses("PR-377", "PR-489")
def test_letters_from_participants_are_unread_and_listing_leaves_them_so(client: httpx.Client) -> None:
    before = _read(client, "messages/unread")
    letter = {"recipient_id": ADMIN, "body": "It froze.", "study_id": STUDY, "category": "technical-issues"}
    message = ok(client.post(f"/_mock/prolific/participants/{PEOPLE[0]}/messages", json=letter), 201)

    assert _read(client, "messages/unread") == [message, *before] == _read(client, "messages/unread")
    categories = {message["data"].get("category") for message in _read(client)}
    assert {"technical-issues", "feedback", "payment-timing"} <= categories


@pytest.mark.parametrize(
    "wrong", [{"category": "love"}, {"body": 1}, {"recipient_id": NOWHERE}, {"study_id": NOWHERE}, {"body": ""}]
)
def test_a_letter_of_another_form_is_refused(client: httpx.Client, wrong: dict[str, Any]) -> None:
    letter = {"recipient_id": ADMIN, "body": "It froze.", "study_id": STUDY, **wrong}

    reply = client.post(f"/_mock/prolific/participants/{PEOPLE[0]}/messages", json=letter)
    assert (reply.status_code, [each["name"] for each in reply.json()["error"]["faults"]]) == (400, list(wrong))


def test_a_letter_by_nobody_is_not_found(client: httpx.Client) -> None:
    letter = {"recipient_id": ADMIN, "body": "It froze.", "study_id": STUDY}

    assert client.post(f"/_mock/prolific/participants/{NOWHERE}/messages", json=letter).status_code == 404


@pytest.mark.clauses("PR-491")
def test_only_later_messages_are_listed(client: httpx.Client) -> None:
    _send(client)
    newest = _read(client)[0]["sent_at"]

    assert _read(client, created_after="2025-03-01T00:00:00Z")[0]["sent_at"] == newest
    assert _read(client, created_after=newest) == []
    assert len(_read(client, created_after="2025-01-01")) == len(_read(client))
    refused(client.get(f"{API}/messages/", params={"created_after": "lately"}), "created_after")


@pytest.mark.clauses("PR-133", "PR-141")
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Thank you.", "Thank you."),
        ("1 < 2 & 3 > 2, <3", "1 < 2 & 3 > 2, <3"),
        ("It&apos;s &lt;b&gt; &amp; more&copy", "It&apos;s &lt;b&gt; &amp; more&copy"),
        (
            "<b>Bold</b> and <a href='https://x.example'>link</a>",
            "<b>Bold</b> and <a href='https://x.example'>link</a>",
        ),
        ("Hi<script>alert(1)</script> there", "Hi there"),
        ("Hi<SCRIPT SRC=//x.example></SCRIPT>", "Hi"),
        ("Hi<style>*{display:none}</style>!", "Hi!"),
        ("Hi<iframe src='//x.example'>in</iframe>!", "Hi!"),
        ("<img src='a.png' onerror='alert(1)'>Hi", '<img src="a.png">Hi'),
        ("<p onclick=alert(1)>Hi</p>", "<p>Hi</p>"),
        ("<a href='java&#x73;cript:alert(1)'>Hi</a>", "<a>Hi</a>"),
        ("<a href=' JaVaScRiPt:alert(1)'>Hi</a>", "<a>Hi</a>"),
        ("Hi<!-- x -->!", "Hi!"),
    ],
)
def test_what_a_browser_would_run_is_taken_out(client: httpx.Client, sent: str, kept: str) -> None:
    assert _send(client, sent).status_code == 204
    assert _read(client, user_id=PEOPLE[0])[0]["body"] == kept
    body = {"ids": PEOPLE[1:2], "body": sent, "study_id": STUDY}
    assert client.post(f"{API}/messages/bulk/", json=body).status_code == 204
    assert _read(client, user_id=PEOPLE[1])[0]["body"] == kept


@pytest.mark.clauses("PR-133")
@pytest.mark.parametrize("sent", ["Hi <img src=x onerror=alert(1)", "Hi <script>alert(1)", "<scr<script>ipt>alert(1)"])
def test_broken_markup_runs_nothing_either(client: httpx.Client, sent: str) -> None:
    if _send(client, sent).status_code == 204:
        body = _read(client, user_id=PEOPLE[0])[0]["body"]
        assert "<script" not in body
        assert "<img" not in body


@pytest.mark.clauses("PR-136", "PR-132")
def test_an_unknown_recipient_or_study_is_refused(client: httpx.Client) -> None:
    refused(_send(client, recipient=NOWHERE), "recipient_id")
    refused(_send(client, study=NOWHERE), "study_id")
    refused(_send(client, study=FOREIGN_STUDY), "study_id")

    assert _read(client, user_id=PEOPLE[0]) == []


@pytest.mark.clauses("PR-137")
@pytest.mark.parametrize("body", ["", "   ", "\n", None, 1, "<script>alert(1)</script>"])
def test_an_empty_message_is_refused(client: httpx.Client, body: Any) -> None:
    refused(_send(client, body), "body")
    refused(client.post(f"{API}/messages/bulk/", json={"ids": PEOPLE, "body": body, "study_id": STUDY}), "body")


@pytest.mark.clauses("PR-138", "PR-140", "PR-143")
def test_a_bulk_message_reaches_each_in_a_thread_of_their_own(client: httpx.Client) -> None:
    body = {"ids": [*PEOPLE, PEOPLE[0]], "body": "Thank you all.", "study_id": STUDY}
    reply = client.post(f"{API}/messages/bulk/", json=body)
    threads = [_read(client, user_id=id) for id in PEOPLE]

    assert (reply.status_code, reply.content) == (204, b"")
    assert [[message["body"] for message in thread] for thread in threads] == [["Thank you all."]] * 3
    assert len({thread[0]["channel_id"] for thread in threads}) == 3


@pytest.mark.clauses("PR-142", "PR-144", "PR-139")
@pytest.mark.parametrize("ids", [[*PEOPLE, NOWHERE], [*PEOPLE, INES], [], [PEOPLE[0], 5], None])
def test_a_bulk_message_reaches_all_or_none(client: httpx.Client, ids: Any) -> None:
    refused(client.post(f"{API}/messages/bulk/", json={"ids": ids, "body": "Hello", "study_id": STUDY}), "ids")

    assert _read(client, user_id=PEOPLE[0]) == []


@pytest.mark.clauses("PR-131")
def test_a_message_has_a_limited_length(client: httpx.Client) -> None:
    assert _send(client, "a" * messages.LONGEST).status_code == 204
    refused(_send(client, "a" * (messages.LONGEST + 1)), "body", status=400)


@pytest.mark.parametrize("tail", ["<b", "<a href='", "</b", "<!-- x", "<script"])
def test_markup_that_never_ends_is_text(tail: str) -> None:
    assert messages.clean(f"<i>Hi</i> {tail}") == f"<i>Hi</i> &lt;{tail[1:]}"
