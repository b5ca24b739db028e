"""What was found: opened, confirmed, ended by itself, or accepted by a person; every step is in the trail."""
