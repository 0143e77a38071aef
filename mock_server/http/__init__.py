"""What a request says and how an error is answered: media types, parameters, bodies, credentials; knows no state."""
