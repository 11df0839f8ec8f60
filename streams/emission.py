"""An emission of one partition -> the messages that tell readers about it, the frame last."""

from collections.abc import Iterator

from schemas.tally import Frame, MinuteTally, Tally
from schemas.topics import MINUTES, TALLIES
from schemas.wire import encode, frame_key, minute_key, tally_key
from streams.send import Message
from streams.state import Emission


def messages(emission: Emission, *, partition: int, epoch: int, behind: int, as_of: int) -> Iterator[Message]:
    """Yield minutes, then totals, then the frame that closes them; `behind` is how many records wait to be counted."""
    for (_, minute), sums in emission.minutes.items():
        for (campaign, scope, member), (letters, reports) in sums.items():
            total: MinuteTally = {
                "campaign": campaign,
                "scope": scope,
                "member": member,
                "minute": minute,
                "partition": partition,
                "epoch": epoch,
                "version": emission.version,
                "letters": letters,
                "reports": reports,
            }
            yield Message(MINUTES.name, minute_key(total), encode(total))
    for (campaign, scope, member), (letters, reports) in emission.totals.items():
        tally: Tally = {
            "campaign": campaign,
            "scope": scope,
            "member": member,
            "partition": partition,
            "epoch": epoch,
            "version": emission.version,
            "letters": letters,
            "reports": reports,
        }
        yield Message(TALLIES.name, tally_key(tally), encode(tally))
    frame: Frame = {
        "partition": partition,
        "epoch": epoch,
        "version": emission.version,
        "checksum": emission.checksum,
        "behind": behind,
        "as_of": as_of,
        "is_keyframe": emission.is_keyframe,
        "oldest_received_at": emission.oldest_received_at,
    }
    yield Message(TALLIES.name, frame_key(partition), encode(frame))
