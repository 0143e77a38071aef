"""Processes, sockets, origins, and the outermost application that leads a request to its session and API."""
