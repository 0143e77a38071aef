"""What of a request to a real server, and of its reply, does not fit the contract, in the words of validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from understudy.mock_server.http.bodies import MAX_DEPTH, Bodies, InexactError, decoded_json, unread
from understudy.mock_server.http.errors import ApiError, BadRequestError, Header
from understudy.mock_server.http.media_types import bare, is_json
from understudy.mock_server.http.parameters import Parameters
from understudy.mock_server.http.responses import Message
from understudy.mock_server.http.validation_errors import Schemas, SchemaValidator, field_errors_in
from understudy.specs import Contract, Operation, Promised, promised

#: Statuses that any server may use although the contract does not list them: its own limits.
ALWAYS = frozenset({413, 414, 429, 431, 503})

#: Characters of one sentence that are kept.
LONGEST = 500


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request to an operation: the values in its path, its query, its fields by name, and its body."""

    names: Sequence[str]
    values: tuple[str, ...]
    query: bytes
    headers: Mapping[bytes, bytes]
    body: bytes


class ExchangeChecks:
    """Judges the exchanges of one contract; each operation is compiled when it is first used."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._requests = Schemas(contract.uri, contract.schemas).compile
        self._compiled: dict[str, tuple[Parameters, Bodies]] = {}
        #: By operation, status and media type.
        self._validators: dict[tuple[str, str, str], SchemaValidator] = {}

    async def request(self, operation: Operation, sent: SentRequest) -> list[str]:
        """What is wrong with a request, all but its credential, which only the real server knows."""
        parameters, bodies = self._of(operation)
        found = []
        if sent.values and parameters.path(sent.names, sent.values) is None:
            found.append("a parameter in the path is not valid")
        for check in (lambda: parameters.query(sent.query), lambda: parameters.check_headers(sent.headers)):
            try:
                check()
            except ApiError as error:
                found.append(error.message)
        if operation.body:
            try:
                _, fault = await bodies.read(unread(sent.body, _nothing), sent.headers, bodies.media_type(sent.headers))
                found += [fault.message] if fault is not None else []
            except InexactError:
                pass  # the contract allows it, and the real server may keep it
            except ApiError as error:
                found.append(error.message)
        return [each[:LONGEST] for each in found]

    def head(self, operation: Operation, status: int, headers: Sequence[Header]) -> list[str]:
        """What is wrong with the status of a reply and with the fields that it must have."""
        declared = self._declared(operation, status)
        if declared is not None:
            return self._without(operation, declared, headers)
        known = ", ".join(self._promised.responses[operation.id])
        return [] if self._may(operation, status) else [f"the status {status} is not one of {known}"]

    def content(self, operation: Operation, status: int, headers: Sequence[Header], body: bytes | None) -> list[str]:
        """What is wrong with the body of a reply and its media type; `body` is None where it is not read as a whole."""
        declared = self._declared(operation, status)
        content = self._promised.responses[operation.id].get(declared or "", {})
        if declared is None or not content:
            return []
        if body == b"":
            return ["the body is missing"]
        sent = bare(next((value for name, value in headers if name == b"content-type"), b"").decode("latin-1"))
        known = {bare(each): each for each in content}
        ranges = (sent, f"{sent.partition('/')[0]}/*", "*/*")
        media_type = next((known[each] for each in ranges if each in known), None)
        if media_type is None:
            named = f"the media type {sent} is not one of" if sent else "there is no Content-Type; it should be"
            return [f"{named} {', '.join(content)}"[:LONGEST]]
        if body is None or not content[media_type] or not is_json(sent):
            return []
        return [each[:LONGEST] for each in self._judged(operation, declared, media_type, body)]

    def _judged(self, operation: Operation, status: str, media_type: str, body: bytes) -> list[str]:
        """What is wrong with a JSON body."""
        try:
            value = decoded_json(body, MAX_DEPTH)
        except BadRequestError as error:
            return [error.message]
        validator = self._validator(operation, status, media_type)
        if validator.is_valid(value):
            return []
        return [BadRequestError(field_errors=field_errors_in(validator, value)).message]

    def _declared(self, operation: Operation, status: int) -> str | None:
        """The status, the class of statuses or the rest under which a document declares a reply."""
        replies = self._promised.responses[operation.id]
        return next((each for each in (str(status), f"{status // 100}XX", "default") if each in replies), None)

    def _without(self, operation: Operation, status: str, headers: Sequence[Header]) -> list[str]:
        """The fields that a reply must have, and does not."""
        sent = {name.decode("latin-1") for name, _ in headers}
        return [
            f"the header {name} is missing" for name in operation.headers.get(status, ()) if name.lower() not in sent
        ]

    def _may(self, operation: Operation, status: int) -> bool:
        """Whether a status that is not declared says nothing against a server."""
        chosen = self._promised.chosen[operation.id]
        alike = any(each[:1] == str(status)[:1] for each in chosen)
        # Few documents list every refusal.
        return status in ALWAYS or alike or (self._contract.inferred and status >= 400)

    def _of(self, operation: Operation) -> tuple[Parameters, Bodies]:
        known = self._compiled.get(operation.id)
        if known is None:
            known = Parameters(operation.parameters, self._requests), Bodies(operation, self._requests)
            self._compiled[operation.id] = known
        return known

    def _validator(self, operation: Operation, status: str, media_type: str) -> SchemaValidator:
        key = operation.id, status, media_type
        known = self._validators.get(key)
        if known is None:
            schema = self._promised.responses[operation.id][status][media_type]
            known = self._validators[key] = self._schemas.compile(schema)
        return known

    @cached_property
    def _promised(self) -> Promised:
        return promised(self._contract)

    @cached_property
    def _schemas(self) -> Schemas:
        return Schemas(self._contract.uri, self._promised.schemas)


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
