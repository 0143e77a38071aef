"""A Consent Kit that shares nothing with ours but its source: what the kit says of honest and of faulty ones."""
