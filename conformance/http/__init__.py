"""The way to the target and back: client, transport, pace, clean-up."""
