"""Run inside a bench."""
