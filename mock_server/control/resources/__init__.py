"""Reading and changing records directly, with checks that the API can still show them."""
