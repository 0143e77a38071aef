"""Liberties of Consent Kit; those that Participant Kit leaves open as well are in `kits`."""

from __future__ import annotations

from liberties.catalogue import kits
from liberties.liberty import Liberty, Printed

LIBERTIES: list[Liberty | Printed] = []
kits.allow_all("consent-kit", LIBERTIES)
