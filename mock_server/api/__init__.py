"""One contract compiled: its operations, the way of a request through them, forced replies."""
