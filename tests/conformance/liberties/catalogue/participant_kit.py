"""Liberties of Participant Kit; those that Consent Kit leaves open as well are in `kits`."""

from __future__ import annotations

from liberties.catalogue import kits
from liberties.liberty import Liberty, Printed

LIBERTIES: list[Liberty | Printed] = []
kits.allow_all("participant-kit", LIBERTIES)
