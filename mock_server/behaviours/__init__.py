"""What single operations do beyond the generic answers, one module an API, functions named like operationIds."""
