"""Messages between researchers and participants."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from typing import Any

from understudy.mock_server.behaviours.prolific.access import my_id, study_named
from understudy.mock_server.behaviours.prolific.control_replies import MESSAGE
from understudy.mock_server.behaviours.prolific.lists import page_from
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.crud import missing
from understudy.mock_server.engine.registration import control, operation
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import field_error

#: Characters of a message. For some texts the time of the parser of markup grows with the square.
LONGEST = 5_000

#: Elements that run or embed something; they are removed with their content.
DANGEROUS = frozenset({"script", "style", "iframe", "object", "embed", "applet", "svg", "math", "template", "noscript"})
#: The same, of those that never have content.
DANGEROUS_VOID = frozenset({"link", "meta", "base"})

CATEGORIES = ("payment-timing", "payment-issues", "technical-issues", "feedback", "rejections", "other")

_AMPERSAND = "\ufdd2"
_ADDRESS = frozenset({"href", "src", "action", "formaction", "xlink:href", "srcdoc", "data", "background"})
_HARMLESS = re.compile(r"\s*+(?:https?:|mailto:|[^:]*$)", re.IGNORECASE)
_NAME = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)
_OPENS = re.compile(r"<(?=[A-Za-z/!?])")


#: What `write_letter` takes.
LETTER = {
    "required": ["recipient_id", "study_id", "body"],
    "properties": {
        "recipient_id": {"type": "string"},
        "study_id": {"type": "string"},
        "body": {"type": "string"},
        "category": {"type": "string", "nullable": True, "enum": [*CATEGORIES, None]},
    },
}


@operation
async def list_messages(call: Call) -> Reply:
    """Messages to and from the caller, the newest first."""
    state = call.state
    other = call.query.get("user_id")
    found = await _mine(state)
    if other:
        found = [m for m in found if other in (m["sender_id"], m["recipient_id"])]
    if "created_after" in call.query:
        after = _moment(call.query["created_after"])
        found = [m for m in found if datetime.fromisoformat(m["sent_at"]) > after]
    return await page_from(call, found, _view)


@operation
async def list_unread_messages(call: Call) -> Reply:
    """Messages to the caller that were not read yet; they stay so."""
    mine = my_id(call.state)
    unread = [m for m in await _mine(call.state) if m["recipient_id"] == mine and not m["read"]]
    return await page_from(call, unread, _view)


@operation
async def send_message(call: Call) -> Reply:
    """One message to one person."""
    state, body = call.state, call.body
    text = clean(body["body"])
    study = await study_named(state, body["study_id"])
    unknown = await _unknown(state, [body["recipient_id"]], ("participant", "user"))
    if unknown:
        raise field_error("recipient_id", "must be the id of a participant or a researcher")
    await send(state, my_id(state), body["recipient_id"], text, study["id"])
    return Reply(204)


@operation
async def send_bulk_message(call: Call) -> Reply:
    """The same message to several participants, each in a thread of their own; to all or to none."""
    state, body = call.state, call.body
    text = clean(body["body"])
    study = await study_named(state, body["study_id"])
    people = list(dict.fromkeys(body["ids"]))
    unknown = await _unknown(state, people, ("participant",))
    if unknown:
        raise field_error("ids", f"contains ids that are not participants: {', '.join(unknown)}")
    for person in people:
        await send(state, my_id(state), person, text, study["id"])
    return Reply(204)


@control("POST", "/participants/{id}/messages", LETTER, MESSAGE)
async def write_letter(state: State, path: dict[str, str], body: Record) -> tuple[int, Any]:
    """A participant writes to a researcher (a control operation)."""
    participant = await state.get("participant", path["id"])
    if participant is None:
        raise missing("participant")
    recipient, study_id = body["recipient_id"], body["study_id"]
    if await state.get("user", recipient) is None:
        raise field_error("recipient_id", "does not name a researcher")
    if await state.get("study", study_id) is None:
        raise field_error("study_id", "does not name a study")
    made = await send(state, participant["id"], recipient, clean(body["body"]), study_id, body.get("category"))
    return 201, await _view(made)


async def send(
    state: State, sender: str, recipient: str, text: str, study_id: str | None, category: str | None = None
) -> Record:
    """Keep a message."""
    return await state.make(
        "message",
        {
            "sender_id": sender,
            "recipient_id": recipient,
            "body": text,
            "type": "message",
            "sent_at": state.now(),
            "study_id": study_id,
            "category": category,
            "read": False,
        },
    )


def clean(text: str) -> str:
    """A message without anything that a browser would run; a plain text is unchanged.

    Raises BadRequestError for one that is empty or longer than LONGEST.
    """
    if len(text) > LONGEST:
        raise field_error("body", f"must have at most {LONGEST} characters")
    cleaner = _Cleaner()
    # References such as `&lt;` stay as they are written: the parser would join or decode them.
    text = text.replace("&", _AMPERSAND)
    # Nothing that opens behind the last `>` ever ends; the parser would look for its end once for each `<`.
    markup = text.rfind(">") + 1
    cleaner.feed(text[:markup])
    cleaner.close()
    cleaner.handle_data(text[markup:])
    safe = cleaner.result().replace(_AMPERSAND, "&")
    if not safe.strip():
        raise field_error("body", "must not be blank")
    return safe


class _Cleaner(HTMLParser):
    """Repeats what it reads, but for dangerous elements and attributes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self._out: list[str] = []
        self._text: list[str] = []
        self._inside: list[str] = []

    def result(self) -> str:
        """Everything that was kept."""
        self._end_text()
        return "".join(self._out)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in DANGEROUS:
            self._inside.append(tag)
        self._tag(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            del self._inside[self._inside.index(tag) :]
        elif not self._inside and tag not in DANGEROUS and _NAME.fullmatch(tag):
            self._end_text()
            self._out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self._text.append(data)

    def _tag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._inside or tag in DANGEROUS or tag in DANGEROUS_VOID:
            return
        written = self.get_starttag_text() or ""
        if not _NAME.fullmatch(tag):
            self._text.append(written)
            return
        self._end_text()
        kept = [(name, value) for name, value in attrs if not _is_dangerous(name, value)]
        self._out.append(written if len(kept) == len(attrs) else _rewritten(tag, kept))

    def _end_text(self) -> None:
        """Text may come in pieces; what would open an element in it, such as a tag that never ends, is escaped."""
        self._out.append(_OPENS.sub("&lt;", "".join(self._text)))
        self._text.clear()


def _is_dangerous(name: str, value: str | None) -> bool:
    if name.startswith("on") or name in {"style", "srcdoc"}:
        return True
    read = unescape((value or "").replace(_AMPERSAND, "&"))
    return name in _ADDRESS and not _HARMLESS.match(re.sub(r"[\x00-\x20]", "", read))


def _rewritten(tag: str, attrs: Iterable[tuple[str, str | None]]) -> str:
    parts = [name if value is None else '{}="{}"'.format(name, value.replace('"', "&quot;")) for name, value in attrs]
    return f"<{' '.join([tag, *parts])}>"


async def _mine(state: State) -> list[Record]:
    mine = my_id(state)
    sent = await state.find("message", {"sender_id": mine}, "-created")
    received = await state.find("message", {"recipient_id": mine}, "-created")
    every = {message["id"]: message for message in (*sent, *received)}
    return sorted(every.values(), key=lambda message: str(message["sent_at"]), reverse=True)


async def _unknown(state: State, ids: list[str], kinds: tuple[str, ...]) -> list[str]:
    """The ids that no record of these types has."""
    unknown = []
    for id in ids:
        for kind in kinds:
            if await state.get(kind, id) is not None:
                break
        else:
            unknown.append(id)
    return unknown


async def _view(message: Record) -> dict[str, Any]:
    data = {"study_id": message["study_id"]} if message["study_id"] else {}
    if message["category"]:
        data["category"] = message["category"]
    thread = "/".join(sorted((message["sender_id"], message["recipient_id"])))
    return {
        **{name: message[name] for name in ("sender_id", "body", "sent_at", "type")},
        "channel_id": hashlib.sha256(thread.encode()).hexdigest(),
        "data": data,
    }


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise field_error("created_after", "must be an ISO 8601 time") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
