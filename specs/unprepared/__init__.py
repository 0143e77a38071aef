"""Documents that nobody prepared: as contracts, and as what was understood of them."""
