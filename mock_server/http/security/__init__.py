"""Who sends a request: tokens of the seed, and credentials as security schemes ask for them."""
