"""Records read and changed by hand, checked as far as any reply shows them."""
