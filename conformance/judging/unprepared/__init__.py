"""What the kit needs for a document that nobody prepared: a register made from it, addresses and bodies."""
