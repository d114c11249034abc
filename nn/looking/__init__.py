"""Looking at a model: shapes, parameters, multiply-adds, bytes. The public names are in `nn`."""
