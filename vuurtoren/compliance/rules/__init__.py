"""The rules of the SEPA scheme, a file an area."""
