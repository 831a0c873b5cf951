"""Benchmarks: each budget as a ratio in one run; the work is proved to be done before a figure is printed."""
