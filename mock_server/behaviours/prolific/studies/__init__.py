"""Studies, collections and surveys, from draft to publication."""
