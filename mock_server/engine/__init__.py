"""Answers calls: one session's records under the contract's rules, generic operations, pages, webhooks."""
