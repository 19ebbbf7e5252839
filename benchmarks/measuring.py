"""Taking times on a noisy machine: cases take turns, rounds are many and short, and the median speaks."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
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


@dataclass(frozen=True)
class Call:
    """How long one call took, in milliseconds: of this process's CPU, and by the clock on the wall."""

    cpu_ms: float
    wall_ms: float


def time_calls(cases: Sequence[Case], *, rounds: int) -> list[Call]:
    """Time every case once a round, after one round that doesn't count."""
    for case in cases:
        case()
    calls = []
    for _ in range(rounds):
        for case in cases:
            wall, cpu = time.perf_counter(), time.process_time()
            case()
            calls.append(Call((time.process_time() - cpu) * 1e3, (time.perf_counter() - wall) * 1e3))
    return calls


def print_spread(title: str, calls: Sequence[Call]) -> float:
    """Print median, p95 and maximum; returns the p95 of the CPU time, which other programs disturb least."""
    print(f"\n{title}: {len(calls)} calls")
    p95: dict[str, float] = {}
    for name in ("cpu_ms", "wall_ms"):
        times = [getattr(call, name) for call in calls]
        p95[name] = statistics.quantiles(times, n=20)[-1]
        spread = f"median {statistics.median(times):7.2f}   p95 {p95[name]:7.2f}   most {max(times):7.2f}"
        print(f"  {name.replace('_', ' '):<8} {spread}")
    return p95["cpu_ms"]
