"""Lays this app beside another one of its name, under a name of its own; needs nothing but Python itself."""
