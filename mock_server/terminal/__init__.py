"""What a person sees of a running mock: the start screen and the log of requests."""
