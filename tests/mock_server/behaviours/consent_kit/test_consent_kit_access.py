"""Which addresses there are."""

import pytest
from kits import Kit

clauses = pytest.mark.clauses


@clauses("CK-002")
def test_these_are_all_the_addresses_that_it_has(kit: Kit) -> None:
    assert set(kit.contract.document["paths"]) == {
        "/v1/projects", "/v1/projects/{project_id}",
        "/v1/events", "/v1/events/{event_id}",
        "/v1/participants", "/v1/participants/{participant_id}",
        "/v1/consents", "/v1/consents/{consent_id}",
        "/v1/data_links", "/v1/data_links/{data_link_id}",
    }  # fmt: skip
