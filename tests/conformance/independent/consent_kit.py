"""Consent Kit, written from its documentation alone: it knows nothing of our contract, mock or kit."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from independent.asking import Asked, is_date, is_email, is_text, is_url, read, read_date

Record = dict[str, Any]

#: Whose token is whose.
ORGANISATIONS = {"acorn-secret": "acorn", "birch-secret": "birch"}
KINDS = ("project", "event", "participant", "consent", "data_link")
PEOPLE = (
    "Oda Brandt",
    "Zoë Ní Bhriain",
    "Paulo de Souza",
    "李 明",
    "Ruth Okafor",
    "Jón Þórsson",
    "Ines",
    "Sami Al-Amin",
)
WORDS = ("amber", "birch", "cedar", "dusk", "ember", "fjord", "glade", "heron", "islet", "juniper", "kelp", "larch")


@dataclass(frozen=True, slots=True)
class Choices:
    """What the documentation leaves open; the defaults are those of the honest base."""

    links: str = "data-links"
    invalid: int = 400
    foreign: int = 404
    created: int = 200
    wrong_method: int = 405
    media: str = "application/json"
    problem: bool = False
    references: bool = False
    zone: timezone = UTC
    epoch: bool = False
    precise: bool = False
    newest_first: bool = True
    names: bool = False
    nulls: bool = False
    extra: bool = False
    envelope: bool = False
    lenient: bool = False
    every_fault: bool = False
    cascade: bool = False
    cap: int = 10_000
    slash: str = "ignored"
    indent: int | None = None
    new_id: Callable[[str, int], str] = lambda kind, number: str(uuid.uuid5(uuid.NAMESPACE_OID, f"{kind}/{number}"))
    people: int = 47
    projects: int = 26
    events: int = 24


@dataclass(frozen=True, slots=True)
class Refusal(Exception):
    """An answer that is an error."""

    status: int
    message: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Reply:
    """What is answered."""

    status: int
    content: Any
    media: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


class ConsentKit:
    """The service, in memory, with two organisations. Each small step is a method, so that a fault can replace one."""

    def __init__(self, choices: Choices | None = None) -> None:
        self.choices = choices or Choices()
        self.records: dict[str, list[Record]] = {kind: [] for kind in KINDS}
        self.number = 0
        self.clock: datetime | None = None
        self.fill()

    # --- data ---------------------------------------------------------------------------------------------------------

    def fill(self) -> None:
        """Put in what the organisations hold at the beginning; the oldest is some days old."""
        choices, start = self.choices, datetime.now(UTC) - timedelta(days=20)
        self.clock = start
        for number in range(choices.projects):
            self.add("project", "acorn", name=f"Project {number + 1}")
        self.add("project", "birch", name="Elsewhere")
        projects = self.records["project"]
        for number in range(choices.events if choices.projects else 0):
            self.add("event", "acorn", name=f"Session {number + 1}", project=projects[number % choices.projects]["id"])
        events = list(self.records["event"])
        for number in range(choices.people if events else 0):
            name = PEOPLE[number % len(PEOPLE)]
            someone = self.add_participant("acorn", name, f"person{number}@mail.example", events[number % len(events)])
            status = ("agreed", "agreed", "refused")[number % 3]
            given = ["recording", "quotes"][: number % 3] if status == "agreed" else []
            self.add(
                "consent",
                "acorn",
                participant=someone["id"],
                status=status,
                permissions=given,
                consented_at=self.now(),
            )
            self.add(
                "data_link",
                "acorn",
                participant=someone["id"],
                url=f"https://files.example/{number}.mp4",
                title=f"Recording {number}" if number % 2 else None,
                recorded_at=self.now().replace(hour=0, minute=0, second=0, microsecond=0),
                reminder_on=self.now() + timedelta(days=300) if number % 4 == 0 else None,
            )
        self.clock = None

    def now(self) -> datetime:
        """The time; while the service is filled, each call is a minute later."""
        if self.clock is None:
            return datetime.now(UTC)
        self.clock += timedelta(minutes=1)
        return self.clock

    def add(self, kind: str, owner: str, **members: Any) -> Record:
        """Keep a new object."""
        self.number += 1
        now = self.now()
        record = {
            "id": self.choices.new_id(kind, self.number),
            "owner": owner,
            "number": self.number,
            "created_at": now,
            "updated_at": now,
            **members,
        }
        self.records[kind].append(record)
        return record

    def add_participant(self, owner: str, name: str, email: str, event: Record) -> Record:
        """Keep a new participant of an event, with the first part of the name and a name that tells nothing."""
        code = self.code(event)
        first = name.split()[0]
        return self.add(
            "participant", owner, first_name=first, name=name, email=email, anonymous_id=code, event=event["id"]
        )

    def code(self, event: Record) -> str:
        """What a participant of an event is called, which nobody else of it is."""
        taken = {each["anonymous_id"] for each in self.records["participant"] if each["event"] == event["id"]}
        number = len(taken)
        while (made := f"{WORDS[number % 12]}-{WORDS[number * 5 % 11]}-{number}") in taken:
            number += 1
        return made

    def remove(self, kind: str, record: Record) -> None:
        """Forget an object; without its event a participant stays, unless all goes along."""
        self.records[kind] = [each for each in self.records[kind] if each["id"] != record["id"]]
        if kind == "event" and self.choices.cascade:
            for each in [one for one in self.records["participant"] if one["event"] == record["id"]]:
                self.remove("participant", each)
        if kind == "participant":
            for other in ("consent", "data_link"):
                self.records[other] = [each for each in self.records[other] if each["participant"] != record["id"]]

    def find(self, kind: str, own: object, owner: str) -> Record:
        """The object of an organisation with an id."""
        found = next((each for each in self.records[kind] if each["id"] == own), None)
        if found is None:
            raise Refusal(404, f"There is no {kind} {own!r}.")
        if found["owner"] != owner:
            raise Refusal(self.choices.foreign, f"There is no {kind} {own!r}.")
        return found

    def held(self, kind: str, owner: str) -> list[Record]:
        """All objects of an organisation, by their creation."""
        mine = [each for each in self.records[kind] if each["owner"] == owner]
        return sorted(mine, key=lambda each: each["number"], reverse=self.choices.newest_first)

    # --- what is shown ------------------------------------------------------------------------------------------------

    def moment(self, value: datetime | None) -> Any:
        """A timestamp as it is written."""
        if value is None:
            return None
        if self.choices.epoch:
            return int(value.timestamp())
        text = value.astimezone(self.choices.zone).isoformat(
            timespec="microseconds" if self.choices.precise else "milliseconds"
        )
        return text.replace("+00:00", "Z")

    def times(self, record: Record) -> Record:
        """When an object was made and changed."""
        return {name: self.moment(record[name]) for name in ("created_at", "updated_at")}

    def show(self, kind: str, record: Record) -> Record:
        """An object as a reply shows it."""
        shown = {"id": record["id"], "object": kind, **self.times(record), **getattr(self, f"show_{kind}")(record)}
        if self.choices.extra:
            shown |= {"_links": {"self": f"/v1/{kind}/{record['id']}"}, "version": 3, "tags": []}
        return shown if self.choices.nulls else {name: value for name, value in shown.items() if value is not None}

    def show_project(self, record: Record) -> Record:
        """A project's own members."""
        return {"app_url": self.address("project", record), **({"name": record["name"]} if self.choices.names else {})}

    def show_event(self, record: Record) -> Record:
        """An event's own members."""
        named = {"name": record["name"]} if self.choices.names else {}
        return {
            "app_url": self.address("event", record),
            "project": self.parent("project", record["project"]),
            **named,
        }

    def show_participant(self, record: Record) -> Record:
        """A participant's own members."""
        return {
            **{name: record[name] for name in ("first_name", "email", "anonymous_id")},
            "app_url": self.address("participant", record),
            "event": self.parent("event", record["event"]),
        }

    def show_consent(self, record: Record) -> Record:
        """A consent's own members."""
        return {
            "consented_at": self.moment(record["consented_at"]),
            "status": record["status"],
            "permissions": record["permissions"],
            "participant": self.parent("participant", record["participant"]),
        }

    def show_data_link(self, record: Record) -> Record:
        """A data link's own members."""
        return {
            "title": record["title"],
            "url": record["url"],
            "reminder_on": self.moment(record["reminder_on"]),
            "recorded_at": self.moment(record["recorded_at"]),
        }

    def address(self, kind: str, record: Record) -> str:
        """Where people see an object."""
        return f"https://app.consent.example/{kind}s/{record['id']}"

    def parent(self, kind: str, own: str) -> Record | None:
        """The object that another one belongs to; what is gone is only named."""
        found = next((each for each in self.records[kind] if each["id"] == own), None)
        if found is None or self.choices.references:
            return {"id": own, "object": kind}
        return self.show(kind, found)

    # --- lists --------------------------------------------------------------------------------------------------------

    def whole(self, text: str | None, otherwise: int) -> int:
        """A positive number of a query; anything else counts as left out."""
        usable = text is not None and re.fullmatch("[0-9]{1,300}", text, re.ASCII) and int(text) > 0
        return int(text) if usable and text else otherwise

    def span(self, query: QueryParams) -> tuple[int, int]:
        """The number of objects wanted, and the number of the first one."""
        limit = min(self.whole(query.get("limit"), 20), self.choices.cap)
        return limit, (self.whole(query.get("page"), 1) - 1) * limit

    def filtered(self, kind: str, records: list[Record], query: QueryParams) -> list[Record]:
        """What a list is narrowed to."""
        wanted = query.get("status") if kind == "consent" else None
        if wanted not in ("agreed", "refused"):
            return records
        return [each for each in records if each["status"] == wanted]

    def list(self, kind: str, owner: str, asked: Asked) -> Reply:
        """One page of a list."""
        limit, first = self.span(asked.query)
        found = self.filtered(kind, self.held(kind, owner), asked.query)
        return self.reply(200, self.envelope([self.show(kind, each) for each in found[first : first + limit]], found))

    def envelope(self, data: list[Record], found: list[Record]) -> Record:
        """A list as an object."""
        more = {"has_more": len(found) > len(data), "total": len(found), "links": {"next": None}}
        return {"data": data, **(more if self.choices.envelope else {})}

    # --- changes ------------------------------------------------------------------------------------------------------

    def valid(self, body: Any, rules: Mapping[str, Callable[[Any], bool]], optional: Iterable[str] = ()) -> Record:
        """The members of a body, or a refusal that names those that are missing or of no use."""
        if not isinstance(body, dict):
            raise Refusal(self.choices.invalid, "An object with the parameters is wanted.")
        faults, status = {}, self.choices.invalid
        for name, usable in rules.items():
            value = body.get(name)
            if value is None:
                if name not in optional:
                    # The documentation names 400 for what is missing, and is silent on the other faults.
                    faults[name], status = "is required", 400
            elif not usable(value):
                faults[name] = "is not valid"
            if faults and not self.choices.every_fault:
                break
        if faults:
            raise Refusal(status, "; ".join(f"{name} {why}" for name, why in faults.items()), faults)
        return {name: body.get(name) for name in rules}

    def related(self, kind: str, member: str, own: object, owner: str) -> Record:
        """The object that a body refers to."""
        try:
            return self.find(kind, own, owner)
        except Refusal:
            raise Refusal(self.choices.invalid, f"{member}: there is no such {kind}", {member: "is unknown"}) from None

    def create_event(self, owner: str, body: Any) -> Record:
        """A new event."""
        given = self.valid(body, {"project_id": is_text, "name": is_text})
        project = self.related("project", "project_id", given["project_id"], owner)
        return self.add("event", owner, name=given["name"], project=project["id"])

    def create_participant(self, owner: str, body: Any) -> Record:
        """A new participant."""
        email = is_text if self.choices.lenient else is_email
        given = self.valid(body, {"name": is_text, "email": email, "event_id": is_text})
        event = self.related("event", "event_id", given["event_id"], owner)
        return self.add_participant(owner, given["name"], given["email"], event)

    def create_data_link(self, owner: str, body: Any) -> Record:
        """A new data link."""
        url = is_text if self.choices.lenient else is_url
        rules = {"url": url, "recorded_at": is_date, "participant_id": is_text, "title": is_text}
        given = self.valid(body, rules, optional=["title"])
        someone = self.related("participant", "participant_id", given["participant_id"], owner)
        return self.add(
            "data_link",
            owner,
            participant=someone["id"],
            url=given["url"],
            title=given["title"],
            recorded_at=read_date(given["recorded_at"]),
            reminder_on=None,
        )

    def delete(self, kind: str, owner: str, own: str) -> Reply:
        """Delete an object."""
        self.remove(kind, self.find(kind, own, owner))
        return self.reply(200, {"id": own, "deleted": True})

    # --- HTTP ---------------------------------------------------------------------------------------------------------

    def collections(self) -> dict[str, str]:
        """The kinds by the step of the path."""
        return {
            "projects": "project",
            "events": "event",
            "participants": "participant",
            "consents": "consent",
            self.choices.links: "data_link",
        }

    def admit(self, asked: Asked) -> str:
        """The organisation of a token."""
        if asked.token not in ORGANISATIONS:
            raise Refusal(401, "A valid token is required.")
        return ORGANISATIONS[asked.token]

    def answer(self, asked: Asked) -> Reply:
        """The reply to one request."""
        try:
            owner = self.admit(asked)
            steps = asked.path.strip("/").split("/")
            kind = self.collections().get(steps[1]) if steps[0] == "v1" and len(steps) in (2, 3) else None
            if kind is None:
                raise Refusal(404, "There is nothing here.")
            if len(steps) == 2:
                return self.on_many(kind, owner, asked)
            return self.on_one(kind, owner, steps[2], asked)
        except Refusal as refused:
            return self.refuse(refused)

    def on_many(self, kind: str, owner: str, asked: Asked) -> Reply:
        """A request to a collection."""
        if asked.method in ("GET", "HEAD"):
            return self.list(kind, owner, asked)
        if asked.method == "POST" and kind in ("event", "participant", "data_link"):
            if asked.fault:
                raise Refusal(self.choices.invalid, asked.fault)
            made = getattr(self, f"create_{kind}")(owner, asked.body)
            return self.reply(self.choices.created, self.show(kind, made))
        raise Refusal(self.choices.wrong_method, "That cannot be done with these.")

    def on_one(self, kind: str, owner: str, own: str, asked: Asked) -> Reply:
        """A request to one object."""
        if asked.method in ("GET", "HEAD") and kind != "data_link":
            return self.reply(200, self.show(kind, self.find(kind, own, owner)))
        if asked.method == "DELETE" and kind in ("event", "data_link"):
            return self.delete(kind, owner, own)
        raise Refusal(self.choices.wrong_method, "That cannot be done with this.")

    def reply(self, status: int, content: Any) -> Reply:
        """A reply that is not an error."""
        return Reply(status, content, self.choices.media)

    def refuse(self, refused: Refusal) -> Reply:
        """A refusal as a reply."""
        if self.choices.problem:
            content: Record = {"type": "about:blank", "title": "Refused", "detail": refused.message}
            content |= {"status": refused.status, "errors": [{"name": name} for name in refused.fields]}
            return Reply(refused.status, content, "application/problem+json")
        return Reply(refused.status, {"message": refused.message, "fields": dict(refused.fields)}, self.choices.media)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """The ASGI application."""
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            return await send({"type": "lifespan.shutdown.complete"})
        request = Request(scope, receive)
        asked = await read(request)
        path = asked.path
        if path.endswith("/") and self.choices.slash == "redirected":
            query = f"?{request.url.query}" if request.url.query else ""
            reply = Reply(308, {}, headers={"location": f"{path.rstrip('/')}{query}"})
        elif path.endswith("/") and self.choices.slash == "unknown":
            reply = self.refuse(Refusal(404, "There is nothing here."))
        else:
            reply = self.answer(asked)
        text = self.written(reply)
        headers = {"content-type": reply.media, **reply.headers}
        return await Response(text, reply.status, headers)(scope, receive, send)

    def written(self, reply: Reply) -> bytes:
        """The body of a reply."""
        if isinstance(reply.content, bytes):
            return reply.content
        return json.dumps(reply.content, ensure_ascii=False, indent=self.choices.indent).encode()
