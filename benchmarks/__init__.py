"""Measurements of cellkg, as ratios that hold on any machine: `python -m benchmarks` writes RESULTS.md."""
