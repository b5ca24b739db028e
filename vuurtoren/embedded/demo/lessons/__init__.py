"""The training on the demo: four lessons, whose exercises are judged by what is stored."""
