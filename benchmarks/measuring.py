"""Taking times on a noisy machine: cases take turns, rounds are many and short, and the median speaks."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Case = Callable[[], object]


@dataclass(frozen=True)
class Figure:
    """What one case cost, in microseconds of CPU time of this process."""

    name: str
    median_us: float
    lowest_us: float
    highest_us: float


def cpu_per_call(cases: Mapping[str, Case], *, calls: int = 100, rounds: int = 15) -> dict[str, Figure]:
    """Return the CPU time per call of each case; in every round each case runs in turn, so that noise hits all."""
    times: dict[str, list[float]] = {name: [] for name in cases}
    for case in cases.values():
        for _ in range(calls // 4):
            case()
    for _ in range(rounds):
        for name, case in cases.items():
            began = time.process_time()
            for _ in range(calls):
                case()
            times[name].append((time.process_time() - began) / calls * 1e6)
    return {name: Figure(name, statistics.median(all_), min(all_), max(all_)) for name, all_ in times.items()}


def print_table(title: str, figures: Mapping[str, Figure], *, base: str) -> None:
    """Print each figure beside its ratio to the base case."""
    print(f"\n{title}")
    print(f"  {'case':<44} {'CPU us':>8} {'low':>8} {'high':>8} {'x':>6} {'more us':>8}")
    zero = figures[base].median_us
    for figure in figures.values():
        print(
            f"  {figure.name:<44} {figure.median_us:>8.0f} {figure.lowest_us:>8.0f} {figure.highest_us:>8.0f}"
            f" {figure.median_us / zero:>6.2f} {figure.median_us - zero:>8.0f}"
        )
