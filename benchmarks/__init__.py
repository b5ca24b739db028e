"""The measured numbers: `make benchmark`. Never tests: they print, and nothing fails by being slow."""
