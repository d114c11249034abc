"""Training: the loop, what it records, and what may watch it. The public names are in `nn`."""
