"""The answer: one session's records under the contract's rules, generic operations, pages, webhooks."""
