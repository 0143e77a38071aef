"""HTTP/1.1 on a connection: reading requests, and having the application answer them in order."""
