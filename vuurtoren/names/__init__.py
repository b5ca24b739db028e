"""The checklist's names answer with ours beside another app that has them, on the sites that have us."""
