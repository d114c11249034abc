"""Files: weights as safetensors, checkpoints that are whole or not there. Public names in `nn`."""
