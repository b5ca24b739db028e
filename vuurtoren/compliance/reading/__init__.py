"""The association's records as the rules know them, read through the door in bounded pages."""
