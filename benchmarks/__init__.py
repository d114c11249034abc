"""Benchmarks: how fast we are beside whichever peers are installed.

    python -m benchmarks scalar      scalars: micrograd, xad, torch
    python -m benchmarks array       arrays: torch
    python -m benchmarks             both

What counts are the ratios: every peer does the same work in the same run. Nothing here is a test
of speed; a goal that is missed is said so in words and never fails anything.
"""
