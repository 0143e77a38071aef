"""The mock beside a real server: what is passed on, checked and kept, and what the mock answers in its place."""
