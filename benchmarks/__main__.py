"""`make bench`: how fast messages are read, and assessments, steps and replays are, on this machine.

Figures are for people: no test asserts a time.
"""

from __future__ import annotations

import argparse
import cProfile
import io
import platform
import pstats
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.assessing import SIZES, assessments, rule_costs
from benchmarks.reading import TARGETS_PER_SECOND, reading
from benchmarks.replaying import TARGET_STEPS_PER_SECOND, events_of, history_digest, make_events, replay
from benchmarks.samples import histories
from benchmarks.timing import EVENT, PROCESSOR, WALL, Clock, yardstick
from domain.rules import ALL_RULES
from workers.clock import system_clock
from workers.records import InputRecord
from workers.replay import Replay

_SAMPLED_YEARS = 12  # in two years few patients have a hundred facts
_PROFILED_PATIENTS = 300
_PARTS_OF_A_STEP = r"^(replay|treatment_partition|patients?|assess|derive|clinical_event|alerts)\.py"


def main(arguments: list[str] | None = None, say: Callable[[str], object] = print) -> int:
    """Run what is asked for; exit code 1 says that two histories differ that must not."""
    options = _options(arguments)
    say(
        f"{platform.node()}: {_processor()}, Python {platform.python_version()}, "
        f"{system_clock():%Y-%m-%d %H:%M} UTC; {len(ALL_RULES)} rules"
    )
    clock = PROCESSOR if options.cpu else WALL
    say(f"times are those of {'the processor alone' if options.cpu else 'the clock on the wall'}")
    baseline = yardstick(clock).mean
    say(f"baseline of this run: json.loads of an event of {len(EVENT)} bytes, {baseline:.2f} us")
    for line in (*_reading(options, clock), *_assessing(options, baseline, clock)):
        say(line)
    if options.patients == 0:
        return 0
    return _replaying(options, baseline, clock, say)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--patients", type=int, default=10_000, help="patients of the replay; 0 for no replay")
    parser.add_argument("--years", type=float, default=2.0, help="years of the replay")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sampled", type=int, default=200, help="patients of whom records are taken")
    parser.add_argument("--samples", type=int, default=2000, help="records of each size")
    parser.add_argument("--compared", type=int, default=300, help="patients whose two histories are compared")
    parser.add_argument("--cpu", action="store_true", help="time of the processor, where others use the machine too")
    parser.add_argument("--profile", action="store_true", help="which rules and functions take how much")
    options = parser.parse_args(arguments)
    if min(options.sampled, options.samples, options.compared) < 1 or options.patients < 0 or options.years <= 0:
        parser.error("numbers must be above zero")
    return options


def _processor() -> str:
    """The processor's name where the system says it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def _reading(options: argparse.Namespace, clock: Clock) -> Iterator[str]:
    yield ""
    yield "messages through intake, with all that it writes; x json: times json.loads of the same bytes"
    yield f"{'':<38}{'bytes':>6}{'calls':>7}{'mean us':>10}{'p50':>8}{'p99':>8}{'x json':>8}{'per s':>9}  wanted per s"
    for row in reading(options.samples, clock):
        times = row.times
        yield (
            f"{row.what:<38}{row.size:>6}{times.calls:>7}{times.mean:>10.1f}{times.p50:>8.1f}{times.p99:>8.1f}"
            f"{times.mean / row.json_us:>8.1f}{row.per_second:>9.0f}  {TARGETS_PER_SECOND[row.is_ours]}"
        )


def _assessing(options: argparse.Namespace, baseline: float, clock: Clock) -> Iterator[str]:
    known = histories(options.sampled, _SAMPLED_YEARS, options.seed)
    yield ""
    yield f"assess, all rules; records at random instants of {options.sampled} patients over {_SAMPLED_YEARS} years"
    yield f"{'':<38}{'facts':>6}{'calls':>7}{'mean us':>10}{'p50':>8}{'p99':>8}{'x json':>8}  wanted mean"
    for row in assessments(known, options.samples, options.seed, clock):
        times, wanted = row.times, "" if row.target is None else f"<= {row.target:g}"
        yield (
            f"{row.what:<38}{row.facts:>6}{times.calls:>7}{times.mean:>10.1f}{times.p50:>8.1f}{times.p99:>8.1f}"
            f"{times.mean / baseline:>8.1f}  {wanted}"
        )
    if options.profile:
        views, costs = rule_costs(known, SIZES[1], options.samples, options.seed, clock)
        yield ""
        yield f"rules, each on its own, on records of {SIZES[1]} facts; the views for them: {views.mean:.1f} us"
        yield f"{'':<46}{'mean us':>10}{'p99':>8}{'not quiet':>11}"
        for cost in costs:
            yield f"{cost.rule_id:<46}{cost.times.mean:>10.2f}{cost.times.p99:>8.1f}{cost.not_quiet:>11.0%}"
        yield f"{'all rules':<46}{sum(cost.times.mean for cost in costs):>10.2f}"


def _replaying(options: argparse.Namespace, baseline: float, clock: Clock, say: Callable[[str], object]) -> int:
    made = make_events(options.patients, options.years, options.seed, clock)
    say("")
    say(
        f"replay of {options.patients} patients over {options.years:g} years: {len(made.events)} messages, "
        f"invented in {made.inventing:.1f} s, through intake in {made.intake:.1f} s"
    )
    done = replay(made.events, clock)
    rate = done.steps / done.seconds
    say(
        f"{done.events} events and {done.reviews} reviews in {done.seconds:.1f} s on one core: "
        f"{rate:.0f} steps/s (wanted {TARGET_STEPS_PER_SECOND}), {1e6 / rate:.1f} us a step, "
        f"{1e6 / rate / baseline:.1f} x json"
    )
    say(
        f"of these {done.walked:.1f} s in the steps with the writing of what they publish "
        f"({done.outputs} outputs, {done.changes} of them alert changes); "
        f"decoding the events alone: {done.reading:.1f} s"
    )
    few = events_of(made.events, options.compared)
    stepwise, anew = (history_digest(few, from_scratch=anew) for anew in (False, True))
    same = "the same" if stepwise == anew else "DIFFERENT"
    say(f"histories of {options.compared} patients, stepwise and from scratch: {same} ({stepwise[:16]}, {anew[:16]})")
    if options.profile:
        say(_hot_functions(made.events))
    return 0 if stepwise == anew else 1


def _hot_functions(events: Sequence[InputRecord]) -> str:
    """The functions in which a replay spends most of its time, under the profiler (which makes all of it slower)."""
    profile = cProfile.Profile()
    profile.enable()
    for _ in Replay().run(events_of(events, _PROFILED_PATIENTS)):
        pass
    profile.disable()
    told = io.StringIO()
    stats = pstats.Stats(profile, stream=told).strip_dirs()
    stats.sort_stats("tottime").print_stats(25)
    stats.sort_stats("cumtime").print_stats(_PARTS_OF_A_STEP, 20)
    return told.getvalue()


if __name__ == "__main__":
    sys.exit(main())
