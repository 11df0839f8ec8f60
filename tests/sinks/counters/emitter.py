"""A small plain emitter: the fold's history of one partition, and workers that tell it as they should."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from schemas.tally import Frame, Scope, Tally, checksum_of
from schemas.wire import frame_key, tally_key

Key = tuple[str, Scope, str]
Sums = dict[Key, tuple[int, int]]
Step = tuple[str, str, str, int, int]
"""Campaign, case, country, letters and reports of one record of `letters`, as differences."""


def members(campaign: str, case: str, country: str) -> list[Key]:
    return [
        (campaign, "world", "all"),
        (campaign, "country", country),
        (campaign, "case", case),
        (campaign, "event", "none"),
        (campaign, "channel", "web"),
        (campaign, "kind", "letter"),
        (campaign, "case-country", f"{case}:{country}"),
    ]


def states_of(steps: Sequence[Step]) -> list[Sums]:
    """Return what the fold holds after 0, 1, 2, ... records."""
    states: list[Sums] = [{}]
    for campaign, case, country, letters, reports in steps:
        state = dict(states[-1])
        for key in members(campaign, case, country):
            before = state.get(key, (0, 0))
            state[key] = (before[0] + letters, before[1] + reports)
        states.append(state)
    return states


def frame_of(partition: int, version: int, state: Sums, **said: int) -> Frame:
    frame: dict[str, int] = {
        "partition": partition,
        "epoch": 1,
        "version": version,
        "checksum": sum(checksum_of(*key, *pair) for key, pair in state.items()) % 2**64,
        "behind": 0,
        "as_of": 1_000_000 + version,
        "is_keyframe": False,
    }
    return frame | said  # type: ignore[return-value]


@dataclass
class Emitter:
    """One worker on one partition: it holds the true state at its version and tells all that was touched since."""

    states: list[Sums]
    partition: int = 0
    epoch: int = 1
    version: int = 0

    def emit(self, version: int, *, is_keyframe: bool = False, **said: int) -> list[Tally | Frame]:
        """Count on to a version and return what is written: totals, then the frame that closes them."""
        before, self.version = self.version, max(self.version, version)
        state = self.states[self.version]
        touched = {
            key
            for earlier, later in pairwise(self.states[before : self.version + 1])
            for key, pair in later.items()
            if earlier.get(key) != pair
        }
        changed = {key: pair for key, pair in state.items() if is_keyframe or key in touched}
        totals: list[Tally | Frame] = [
            {
                "campaign": campaign,
                "scope": scope,
                "member": member,
                "partition": self.partition,
                "epoch": self.epoch,
                "version": self.version,
                "letters": letters,
                "reports": reports,
            }
            for (campaign, scope, member), (letters, reports) in changed.items()
        ]
        said = {"epoch": self.epoch, "is_keyframe": is_keyframe} | said
        return [*totals, frame_of(self.partition, self.version, state, **said)]


def compacted(log: Sequence[Tally | Frame]) -> list[Tally | Frame]:
    """Return what a topic that keeps the newest record of each key has left."""
    newest = {encode_key(record): number for number, record in enumerate(log)}
    return [record for number, record in enumerate(log) if newest[encode_key(record)] == number]


def encode_key(record: Tally | Frame) -> bytes:
    return tally_key(record) if "scope" in record else frame_key(record["partition"])  # type: ignore[arg-type]
