"""Processes, connections, CORS, and the outermost ASGI application, which routes a request to its session and API."""
