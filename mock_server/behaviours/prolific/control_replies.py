"""The schemas of what the control operations reply."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"type": "string", "nullable": True}
_MOMENT: Schema = {"type": "string", "format": "date-time"}
_NUMBER: Schema = {"type": "integer"}


def _object(required: dict[str, Schema], **optional: Schema) -> Schema:
    return {"type": "object", "required": list(required), "properties": {**required, **optional}}


_BREAKDOWN = _object({"rewards": _NUMBER, "fees": _NUMBER, "vat": _NUMBER})

SUBMISSION = _object(
    {
        "id": _TEXT,
        "study_id": _TEXT,
        "participant": _TEXT,
        "status": _TEXT,
        "started_at": {**_MOMENT, "nullable": True},
        "completed_at": {**_MOMENT, "nullable": True},
        "entered_code": _TEXT_OR_NULL,
        "study_url": {**_TEXT, "description": "The address of the study with the participant's ids filled in"},
    }
)
PARTICIPANT = {**_object({"id": _TEXT, "country": _TEXT}), "additionalProperties": True}
BALANCE = _object(
    {
        "currency_code": _TEXT,
        "total_balance": _NUMBER,
        "available_balance": _NUMBER,
        "balance_breakdown": _BREAKDOWN,
        "available_balance_breakdown": _BREAKDOWN,
    }
)
MESSAGE = _object(
    {
        "sender_id": _TEXT,
        "body": _TEXT,
        "sent_at": _MOMENT,
        "type": _TEXT,
        "channel_id": _TEXT,
        "data": _object({"study_id": _TEXT}, category=_TEXT),
    }
)
INVITATION = _object(
    {
        "association": _TEXT,
        "invitee": _object({"id": _TEXT_OR_NULL, "name": _TEXT_OR_NULL, "email": _TEXT}),
        "invited_by": _TEXT,
        "status": _TEXT,
        "invite_link": {"type": "string", "format": "uri"},
    }
)
