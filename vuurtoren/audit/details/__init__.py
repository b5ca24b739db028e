"""The details of an entry, encrypted in the table, and how they are read again."""
