"""From the text of a traceback to what it means: frames, causes, names of code and values of data."""
