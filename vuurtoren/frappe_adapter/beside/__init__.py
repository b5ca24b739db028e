"""What a bench has to say where another app has names of ours."""
