"""A partition of `letters` in this worker's care."""

from schemas import metrics
from streams.partitions import Owned
from streams.state import PartitionState
from streams.store import RocksStore


class Counted(Owned[PartitionState]):
    """A partition that is counted here, and when it last spoke (monotonic seconds)."""

    def __init__(self, number: int, store: RocksStore) -> None:
        super().__init__(number, PartitionState(store))
        self.framed_at = float("-inf")
        self.keyframed_at = float("-inf")
        """Never: whoever takes a partition over begins with a keyframe."""
        self._told_campaigns: set[str] = set()

    def begin_again(self) -> None:
        """Begin with a keyframe."""
        self.keyframed_at = float("-inf")

    def tell_letters(self, letters: dict[str, int]) -> None:
        """Tell the metric of letters counted, by campaign."""
        for campaign, count in letters.items():
            metrics.LETTERS.labels(campaign, str(self.number)).set(count)
        self._told_campaigns |= letters.keys()

    def take_back(self) -> None:
        """Take back what was told of letters: whoever counts the partition now tells it."""
        for campaign in self._told_campaigns:
            metrics.LETTERS.remove(campaign, str(self.number))
