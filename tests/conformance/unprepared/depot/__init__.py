"""The kit on documents that nobody prepared: honest servers, broken ones, and what it makes of a document."""
