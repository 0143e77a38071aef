"""Faults of the independent Consent Kit: each is one small change that its documentation does not allow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.datastructures import QueryParams

from independent.asking import Asked
from independent.consent_kit import Choices, ConsentKit, Record, Refusal, Reply


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault: what is wrong, the faulty service, and the clauses of which at least one has to be named."""

    what: str
    service: type[ConsentKit]
    clauses: tuple[str, ...]
    choices: Choices


FAULTS: dict[str, Fault] = {}


def fault(what: str, *clauses: str, **choices: Any) -> Callable[[type[ConsentKit]], type[ConsentKit]]:
    """Enter a faulty service under the name of its class."""

    def enter(service: type[ConsentKit]) -> type[ConsentKit]:
        FAULTS[service.__name__] = Fault(what, service, clauses, Choices(**choices))
        return service

    return enter


# --- who is asking ----------------------------------------------------------------------------------------------------


@fault("anonymous requests are let in", "CK-003", "CK-008")
class AnonymousLetIn(ConsentKit):
    def admit(self, asked: Asked) -> str:
        return super().admit(asked) if asked.token else "acorn"


@fault("any token is let in", "CK-005")
class AnyToken(ConsentKit):
    def admit(self, asked: Asked) -> str:
        if not asked.token:
            raise Refusal(401, "A token is required.")
        return "birch" if asked.token == "birch-secret" else "acorn"


@fault("an invalid token is 403", "CK-005")
class InvalidTokenForbidden(ConsentKit):
    def admit(self, asked: Asked) -> str:
        if asked.token not in ("acorn-secret", "birch-secret"):
            raise Refusal(403, "No.")
        return super().admit(asked)


@fault("a missing token is 500", "CK-003", "CK-013")
class MissingTokenBreaks(ConsentKit):
    def admit(self, asked: Asked) -> str:
        if not asked.token:
            raise Refusal(500, "KeyError")
        return super().admit(asked)


@fault("objects of another organisation are retrieved", "CK-131")
class OthersObjectsRetrieved(ConsentKit):
    def find(self, kind: str, own: object, owner: str) -> Record:
        found = next((each for each in self.records[kind] if each["id"] == own), None)
        return found or super().find(kind, own, owner)


@fault("lists show objects of all organisations", "CK-009")
class OthersObjectsListed(ConsentKit):
    def held(self, kind: str, owner: str) -> list[Record]:
        return sorted(self.records[kind], key=lambda each: each["number"], reverse=True)


@fault("objects of another organisation can be deleted", "CK-120", "CK-130")
class OthersObjectsDeleted(ConsentKit):
    def delete(self, kind: str, owner: str, own: str) -> Reply:
        known = next((each for each in self.records[kind] if each["id"] == own), None)
        return super().delete(kind, known["owner"] if known else owner, own)


# --- lists ------------------------------------------------------------------------------------------------------------


@fault("limit is ignored", "CK-022")
class LimitIgnored(ConsentKit):
    def whole(self, text: str | None, otherwise: int) -> int:
        return otherwise if otherwise == 20 else super().whole(text, otherwise)


@fault("page is ignored", "CK-026", "CK-025")
class PageIgnored(ConsentKit):
    def span(self, query: QueryParams) -> tuple[int, int]:
        return super().span(query)[0], 0


@fault("without a limit everything is shown", "CK-021")
class NoDefault(ConsentKit):
    def whole(self, text: str | None, otherwise: int) -> int:
        return super().whole(text, 1000 if otherwise == 20 else otherwise)


@fault("one object more than the limit", "CK-022")
class OneTooMany(ConsentKit):
    def list(self, kind: str, owner: str, asked: Asked) -> Reply:
        limit, first = self.span(asked.query)
        found = self.filtered(kind, self.held(kind, owner), asked.query)
        return self.reply(200, {"data": [self.show(kind, each) for each in found[first : first + limit + 1]]})


@fault("pages overlap by one object", "CK-025")
class PagesOverlap(ConsentKit):
    def span(self, query: QueryParams) -> tuple[int, int]:
        limit, first = super().span(query)
        return limit, max(0, first - 1)


@fault("the first object of each further page is skipped", "CK-025")
class PagesSkip(ConsentKit):
    def span(self, query: QueryParams) -> tuple[int, int]:
        limit, first = super().span(query)
        return limit, first + (1 if first else 0)


@fault("pages count from 0", "CK-024")
class PagesFromZero(ConsentKit):
    def span(self, query: QueryParams) -> tuple[int, int]:
        limit, first = super().span(query)
        return limit, first + limit if query.get("page") else first


@fault("a page past the end is 404", "CK-026", "CK-028")
class PastTheEndMissing(ConsentKit):
    def list(self, kind: str, owner: str, asked: Asked) -> Reply:
        reply = super().list(kind, owner, asked)
        if not reply.content["data"] and asked.query.get("page"):
            raise Refusal(404, "There is no such page.")
        return reply


@fault("past the end the last page is shown again", "CK-026")
class LastPageAgain(ConsentKit):
    def list(self, kind: str, owner: str, asked: Asked) -> Reply:
        reply = super().list(kind, owner, asked)
        if not reply.content["data"] and asked.query.get("page", "1") != "1":
            return super().list(kind, owner, replace(asked, query=QueryParams({"limit": "20"})))
        return reply


@fault("page 0 is 500", "CK-028", "CK-146")
class PageZeroBreaks(ConsentKit):
    def list(self, kind: str, owner: str, asked: Asked) -> Reply:
        if asked.query.get("page") == "0":
            raise Refusal(500, "negative offset")
        return super().list(kind, owner, asked)


@fault("a page that is not a number is 500", "CK-028")
class OddPageBreaks(ConsentKit):
    def list(self, kind: str, owner: str, asked: Asked) -> Reply:
        try:
            int(asked.query.get("page") or "1")
        except ValueError:
            raise Refusal(500, "invalid literal") from None
        return super().list(kind, owner, asked)


@fault("a huge limit is 500", "CK-028", "CK-146")
class HugeLimitBreaks(ConsentKit):
    def list(self, kind: str, owner: str, asked: Asked) -> Reply:
        if self.whole(asked.query.get("limit"), 20) >= 2**31:
            raise Refusal(500, "out of range")
        return super().list(kind, owner, asked)


@fault("a list is an array without data", "CK-027")
class BareArray(ConsentKit):
    def envelope(self, data: list[Record], found: list[Record]) -> Any:
        return data


@fault("a list is called items", "CK-027")
class ListCalledItems(ConsentKit):
    def envelope(self, data: list[Record], found: list[Record]) -> Record:
        return {"items": data}


@fault("lists are in no order of creation", "CK-030")
class Unsorted(ConsentKit):
    def held(self, kind: str, owner: str) -> list[Record]:
        return sorted(super().held(kind, owner), key=lambda each: str(each["id"])[::-1])


@fault("participants are sorted by their names", "CK-030")
class SortedByName(ConsentKit):
    def held(self, kind: str, owner: str) -> list[Record]:
        found = super().held(kind, owner)
        return sorted(found, key=lambda each: each["first_name"]) if kind == "participant" else found


@fault("the filter by status is ignored", "CK-083")
class FilterIgnored(ConsentKit):
    def filtered(self, kind: str, records: list[Record], query: QueryParams) -> list[Record]:
        return records


@fault("the filter gives the other status", "CK-083")
class FilterInverted(ConsentKit):
    def filtered(self, kind: str, records: list[Record], query: QueryParams) -> list[Record]:
        kept = super().filtered(kind, records, query)
        return kept if kept is records else [each for each in records if each not in kept]


@fault("the filter works on one page only", "CK-085")
class FilterAfterPaging(ConsentKit):
    def list(self, kind: str, owner: str, asked: Asked) -> Reply:
        limit, first = self.span(asked.query)
        found = self.filtered(kind, self.held(kind, owner)[first : first + limit], asked.query)
        return self.reply(200, {"data": [self.show(kind, each) for each in found]})


@fault("lists leave out what was made today", "CK-119", "CK-117")
class NewOnesUnlisted(ConsentKit):
    def held(self, kind: str, owner: str) -> list[Record]:
        start = datetime.now(UTC) - timedelta(hours=1)
        return [each for each in super().held(kind, owner) if each["created_at"] < start]


# --- what is shown ----------------------------------------------------------------------------------------------------


@fault("created_at is the time of the reading", "CK-020")
class CreationMoves(ConsentKit):
    def times(self, record: Record) -> Record:
        return {**super().times(record), "created_at": self.moment(self.now())}


@fault("updated_at lies before created_at", "CK-020")
class UpdatedBefore(ConsentKit):
    def times(self, record: Record) -> Record:
        return {**super().times(record), "updated_at": self.moment(record["created_at"] - timedelta(days=3))}


@fault("what is made dates from a year ago", "CK-138")
class MadeLongAgo(ConsentKit):
    def create_event(self, owner: str, body: Any) -> Record:
        made = super().create_event(owner, body)
        made["created_at"] = made["updated_at"] = made["created_at"] - timedelta(days=365)
        return made


@fault("timestamps are words", "CK-134")
class TimesAsWords(ConsentKit):
    def moment(self, value: datetime | None) -> Any:
        return None if value is None else "three days ago"


@fault("created_at is missing", "CK-032")
class NoCreation(ConsentKit):
    def times(self, record: Record) -> Record:
        return {"updated_at": super().times(record)["updated_at"]}


@fault("events call themselves project", "CK-047")
class WrongObject(ConsentKit):
    def show(self, kind: str, record: Record) -> Record:
        return {**super().show(kind, record), **({"object": "project"} if kind == "event" else {})}


@fault("ids are numbers of the page", "CK-038")
class IdsOfThePage(ConsentKit):
    def envelope(self, data: list[Record], found: list[Record]) -> Record:
        return {"data": [{**each, "id": str(number)} for number, each in enumerate(data)]}


@fault("data links are called datalink", "CK-097")
class WrongLinkObject(ConsentKit):
    def show(self, kind: str, record: Record) -> Record:
        return {**super().show(kind, record), **({"object": "datalink"} if kind == "data_link" else {})}


@fault("participants have no email", "CK-058", "CK-059")
class NoEmail(ConsentKit):
    def show_participant(self, record: Record) -> Record:
        return {name: value for name, value in super().show_participant(record).items() if name != "email"}


@fault("participants have no event", "CK-058", "CK-061")
class NoEvent(ConsentKit):
    def show_participant(self, record: Record) -> Record:
        return {name: value for name, value in super().show_participant(record).items() if name != "event"}


@fault("everybody is called P1", "CK-155")
class EverybodyP1(ConsentKit):
    def code(self, event: Record) -> str:
        return "P1"


@fault("anonymous_id changes at each reading", "CK-076")
class CodeChanges(ConsentKit):
    def show_participant(self, record: Record) -> Record:
        self.number += 1
        return {**super().show_participant(record), "anonymous_id": f"code-{self.number}"}


@fault("anonymous_id is the email", "CK-063")
class CodeIsEmail(ConsentKit):
    def show_participant(self, record: Record) -> Record:
        return {**super().show_participant(record), "anonymous_id": record["email"]}


@fault("first_name is the last name", "CK-074")
class LastName(ConsentKit):
    def show_participant(self, record: Record) -> Record:
        return {**super().show_participant(record), "first_name": record["name"].split()[-1]}


@fault("letters beyond Latin-1 become question marks", "CK-074", "CK-141")
class LettersLost(ConsentKit):
    def show_participant(self, record: Record) -> Record:
        lost = record["first_name"].encode("latin-1", "replace").decode("latin-1")
        return {**super().show_participant(record), "first_name": lost}


@fault("letters are decoded with the wrong encoding", "CK-141")
class LettersGarbled(ConsentKit):
    def show_data_link(self, record: Record) -> Record:
        title = record["title"] and record["title"].encode().decode("latin-1")
        return {**super().show_data_link(record), "title": title}


@fault("long names are cut", "CK-141")
class NamesCut(ConsentKit):
    def create_data_link(self, owner: str, body: Any) -> Record:
        made = super().create_data_link(owner, body)
        made["title"] = made["title"] and made["title"][:20]
        return made


@fault("a consent is given or denied", "CK-078")
class OtherStatus(ConsentKit):
    def show_consent(self, record: Record) -> Record:
        return {**super().show_consent(record), "status": {"agreed": "given"}.get(record["status"], "denied")}


@fault("permissions are one text", "CK-079")
class PermissionsAsText(ConsentKit):
    def show_consent(self, record: Record) -> Record:
        return {**super().show_consent(record), "permissions": ",".join(record["permissions"])}


@fault("a consent is of another participant when it is retrieved", "CK-081")
class AnotherParticipant(ConsentKit):
    def on_one(self, kind: str, owner: str, own: str, asked: Asked) -> Reply:
        reply = super().on_one(kind, owner, own, asked)
        if kind == "consent":
            reply.content = {**reply.content, "participant": self.show("participant", self.records["participant"][0])}
        return reply


@fault("the participant of a consent is an id", "CK-081")
class ParticipantAsId(ConsentKit):
    def show_consent(self, record: Record) -> Record:
        return {**super().show_consent(record), "participant": record["participant"]}


@fault("retrieving gives the newest object", "CK-038")
class AlwaysTheNewest(ConsentKit):
    def on_one(self, kind: str, owner: str, own: str, asked: Asked) -> Reply:
        if asked.method == "GET" and kind == "project":
            own = self.held(kind, owner)[0]["id"]
        return super().on_one(kind, owner, own, asked)


# --- what is made -----------------------------------------------------------------------------------------------------


@fault("every object is created twice", "CK-119")
class CreatedTwice(ConsentKit):
    def on_many(self, kind: str, owner: str, asked: Asked) -> Reply:
        if asked.method == "POST":
            super().on_many(kind, owner, asked)
        return super().on_many(kind, owner, asked)


@fault("a data link is created twice", "CK-140")
class LinkTwice(ConsentKit):
    def create_data_link(self, owner: str, body: Any) -> Record:
        super().create_data_link(owner, body)
        return super().create_data_link(owner, body)


@fault("an event lands in another project", "CK-045")
class AnotherProject(ConsentKit):
    def create_event(self, owner: str, body: Any) -> Record:
        made = super().create_event(owner, body)
        made["project"] = next(each["id"] for each in self.records["project"] if each["id"] != made["project"])
        return made


@fault("a participant lands in another event", "CK-154")
class AnotherEvent(ConsentKit):
    def create_participant(self, owner: str, body: Any) -> Record:
        made = super().create_participant(owner, body)
        made["event"] = next(each["id"] for each in self.records["event"] if each["id"] != made["event"])
        return made


@fault("an unknown project is 500", "CK-013", "CK-044")
class UnknownProjectBreaks(ConsentKit):
    def create_event(self, owner: str, body: Any) -> Record:
        given = self.valid(body, {"project_id": lambda value: isinstance(value, str), "name": bool})
        if all(each["id"] != given["project_id"] for each in self.records["project"]):
            raise Refusal(500, "violates foreign key")
        return super().create_event(owner, body)


@fault("an unknown project is taken", "CK-044")
class UnknownProjectTaken(ConsentKit):
    def related(self, kind: str, member: str, own: object, owner: str) -> Record:
        return {"id": own} if kind == "project" else super().related(kind, member, own, owner)


@fault("an unknown participant is taken", "CK-095")
class UnknownParticipantTaken(ConsentKit):
    def related(self, kind: str, member: str, own: object, owner: str) -> Record:
        return {"id": own} if kind == "participant" else super().related(kind, member, own, owner)


@fault("an event needs no name", "CK-042")
class NameOptional(ConsentKit):
    def create_event(self, owner: str, body: Any) -> Record:
        return super().create_event(owner, {"name": "Untitled", **body} if isinstance(body, dict) else body)


@fault("a participant needs no email", "CK-070")
class EmailOptional(ConsentKit):
    def create_participant(self, owner: str, body: Any) -> Record:
        return super().create_participant(
            owner, {"email": "none@mail.example", **body} if isinstance(body, dict) else body
        )


@fault("a missing parameter is 422", "CK-014")
class MissingIs422(ConsentKit):
    def refuse(self, refused: Refusal) -> Reply:
        return super().refuse(replace(refused, status=422) if refused.status == 400 else refused)


@fault("a refused event is stored", "CK-017")
class RefusedStored(ConsentKit):
    def create_event(self, owner: str, body: Any) -> Record:
        try:
            return super().create_event(owner, body)
        except Refusal:
            self.add("event", owner, name="?", project=self.held("project", owner)[0]["id"])
            raise


@fault("a refused participant is stored", "CK-017")
class RefusedParticipantStored(ConsentKit):
    def create_participant(self, owner: str, body: Any) -> Record:
        try:
            return super().create_participant(owner, body)
        except Refusal:
            self.add_participant(owner, "Half Made", "half@mail.example", self.held("event", owner)[0])
            raise


@fault("the title of a data link is dropped", "CK-150")
class TitleDropped(ConsentKit):
    def create_data_link(self, owner: str, body: Any) -> Record:
        made = super().create_data_link(owner, body)
        made["title"] = None
        return made


@fault("recorded_at is the present", "CK-147")
class RecordedNow(ConsentKit):
    def create_data_link(self, owner: str, body: Any) -> Record:
        made = super().create_data_link(owner, body)
        made["recorded_at"] = self.now()
        return made


@fault("a plain day is refused", "CK-093")
class DayRefused(ConsentKit):
    def create_data_link(self, owner: str, body: Any) -> Record:
        if isinstance(body, dict) and len(str(body.get("recorded_at"))) == 10:
            raise Refusal(400, "recorded_at needs a time", {"recorded_at": "needs a time"})
        return super().create_data_link(owner, body)


@fault("the url of a data link becomes another", "CK-096")
class UrlShortened(ConsentKit):
    def show_data_link(self, record: Record) -> Record:
        return {**super().show_data_link(record), "url": "https://files.example/"}


@fault("the email is another than the one sent", "CK-075")
class EmailOfOthers(ConsentKit):
    def create_participant(self, owner: str, body: Any) -> Record:
        made = super().create_participant(owner, body)
        made["email"] = "support@consent.example"
        return made


@fault("a creation answers with nothing", "CK-040")
class CreationSaysNothing(ConsentKit):
    def on_many(self, kind: str, owner: str, asked: Asked) -> Reply:
        reply = super().on_many(kind, owner, asked)
        return Reply(reply.status, {}) if asked.method == "POST" else reply


@fault("what is created is not kept", "CK-140")
class NotKept(ConsentKit):
    def create_data_link(self, owner: str, body: Any) -> Record:
        made = super().create_data_link(owner, body)
        self.remove("data_link", made)
        return made


# --- what is deleted --------------------------------------------------------------------------------------------------


@fault("DELETE removes nothing", "CK-054")
class DeletesNothing(ConsentKit):
    def delete(self, kind: str, owner: str, own: str) -> Reply:
        self.find(kind, own, owner)
        return self.reply(200, {"deleted": True})


@fault("a deleted data link stays in the list", "CK-151")
class LinkStays(ConsentKit):
    def remove(self, kind: str, record: Record) -> None:
        if kind != "data_link":
            super().remove(kind, record)


@fault("a deletion takes a sibling along", "CK-142")
class SiblingGoes(ConsentKit):
    def remove(self, kind: str, record: Record) -> None:
        super().remove(kind, record)
        if kind == "event":
            siblings = [each for each in self.records[kind] if each["project"] == record["project"]]
            for sibling in siblings[-1:]:
                super().remove(kind, sibling)


@fault("deleting a link unlinks all data of the participant", "CK-142")
class AllLinksGo(ConsentKit):
    def remove(self, kind: str, record: Record) -> None:
        super().remove(kind, record)
        if kind == "data_link":
            self.records[kind] = [one for one in self.records[kind] if one["participant"] != record["participant"]]


@fault("deleting a link removes the participant", "CK-104")
class ParticipantGoes(ConsentKit):
    def remove(self, kind: str, record: Record) -> None:
        super().remove(kind, record)
        if kind == "data_link":
            someone = next((each for each in self.records["participant"] if each["id"] == record["participant"]), None)
            if someone:
                super().remove("participant", someone)


@fault("deleting an unknown event succeeds", "CK-055")
class UnknownDeleted(ConsentKit):
    def delete(self, kind: str, owner: str, own: str) -> Reply:
        try:
            return super().delete(kind, owner, own)
        except Refusal:
            return self.reply(200, {"id": own, "deleted": True})


@fault("a deletion answers 204", "CK-053")
class DeletionSaysNothing(ConsentKit):
    def delete(self, kind: str, owner: str, own: str) -> Reply:
        super().delete(kind, owner, own)
        return Reply(204, b"")


@fault("a deletion answers with the object", "CK-053")
class DeletionShowsObject(ConsentKit):
    def delete(self, kind: str, owner: str, own: str) -> Reply:
        shown = self.show(kind, self.find(kind, own, owner))
        super().delete(kind, owner, own)
        return self.reply(200, shown)


# --- errors and media -------------------------------------------------------------------------------------------------


@fault("an unknown id is 200 with null", "CK-015")
class UnknownIsNull(ConsentKit):
    def on_one(self, kind: str, owner: str, own: str, asked: Asked) -> Reply:
        try:
            return super().on_one(kind, owner, own, asked)
        except Refusal as refused:
            return self.reply(200, None) if refused.status == 404 else self.refuse(refused)


@fault("an unknown participant is 500", "CK-066", "CK-013")
class UnknownBreaks(ConsentKit):
    def find(self, kind: str, own: object, owner: str) -> Record:
        if kind == "participant" and all(each["id"] != own for each in self.records[kind]):
            raise Refusal(500, "'NoneType' object has no attribute 'id'")
        return super().find(kind, own, owner)


@fault("replies are text/html", "CK-001")
class WrongMedia(ConsentKit):
    def reply(self, status: int, content: Any) -> Reply:
        return Reply(status, content, "text/html")


@fault("errors are pages", "CK-001")
class ErrorPages(ConsentKit):
    def refuse(self, refused: Refusal) -> Reply:
        return Reply(refused.status, f"<h1>{refused.message}</h1>".encode(), "text/html")


@fault("replies are cut off", "CK-001")
class BodiesCut(ConsentKit):
    def written(self, reply: Reply) -> bytes:
        return super().written(reply)[:-1] if reply.status < 300 else super().written(reply)


@fault("errors are 200", "CK-012")
class ErrorsAreSuccess(ConsentKit):
    def refuse(self, refused: Refusal) -> Reply:
        return replace(super().refuse(refused), status=refused.status if refused.status == 401 else 200)


@fault("a body that cannot be read is 500", "CK-013")
class OddBodyBreaks(ConsentKit):
    def on_many(self, kind: str, owner: str, asked: Asked) -> Reply:
        if asked.method == "POST" and asked.fault:
            raise Refusal(500, asked.fault)
        return super().on_many(kind, owner, asked)


@fault("a value of another kind is 500", "CK-013")
class OddValueBreaks(ConsentKit):
    def valid(self, body: Any, *rules: Any, **more: Any) -> Record:
        if isinstance(body, dict) and any(isinstance(value, list | dict) for value in body.values()):
            raise Refusal(500, "unhashable type")
        return super().valid(body, *rules, **more)


@fault("consents cannot be retrieved", "CK-087")
class ConsentsOnlyListed(ConsentKit):
    def on_one(self, kind: str, owner: str, own: str, asked: Asked) -> Reply:
        if kind == "consent":
            raise Refusal(404, "There is nothing here.")
        return super().on_one(kind, owner, own, asked)


@fault("a list of consents fails where none fits", "CK-028")
class ConsentListFails(ConsentKit):
    def filtered(self, kind: str, records: list[Record], query: QueryParams) -> list[Record]:
        if query.get("status") == "refused":
            raise Refusal(400, "The status is not supported.")
        return super().filtered(kind, records, query)
