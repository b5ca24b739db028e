"""Hands the newest signed checkpoint to places that whoever changes the log cannot change as well."""
