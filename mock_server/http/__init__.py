"""Reading requests (media types, parameters, bodies, credentials) and writing errors; works without any state."""
