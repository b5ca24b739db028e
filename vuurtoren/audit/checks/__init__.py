"""What is checked before an entry of the trail says that a rule held."""
