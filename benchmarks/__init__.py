"""Every operation beside its peers: time, error and memory. Run as ``python -m benchmarks``."""
