"""The rules that the app ships, one file per subject."""
