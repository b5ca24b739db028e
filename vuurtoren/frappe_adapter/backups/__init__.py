"""Databases beside that of the site, made to be dropped."""
