"""What single operations do beyond the generic answers: one module or package for each API, its functions registered."""
