"""A worker's seat in the group, remembered in its state folder.

A worker that is killed would keep its seat, and its partitions uncounted, until its session ends. The next one on its
folder knows that it is dead, since it could take the seat's lock, and leaves the group in its place.
"""

import fcntl
from contextlib import closing
from pathlib import Path

import kafka
from kafka.admin import MemberToRemove
from kafka.errors import KafkaError

from schemas.operations import log_of

_log = log_of("streams")


class Seat:
    """Holds the file's lock for as long as the process lives; where another worker does, nothing is remembered."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file.open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._is_ours = True
        except BlockingIOError:
            self._is_ours = False
        self._file.seek(0)
        self.predecessor = self._file.read() if self._is_ours else ""
        """The member id of the worker that had this folder before, if there was one."""

    def take(self, member_id: str) -> None:
        """Remember the member id that the group has given to this worker."""
        if self._is_ours and member_id:
            self._file.truncate(0)
            self._file.write(member_id)
            self._file.flush()

    def close(self) -> None:
        """Let go of the lock; what is remembered stays."""
        self._file.close()


def dismiss(servers: str, group: str, member_id: str) -> None:
    """Leave the group in the place of a dead member; where that fails, its session ends by itself."""
    try:
        with closing(kafka.KafkaAdminClient(bootstrap_servers=servers)) as admin:
            removed = admin.remove_group_members(group, [MemberToRemove(member_id=member_id)])
    except KafkaError as error:
        _log.warning("the predecessor's session has to end by itself", error=type(error).__name__)
    else:
        _log.info("left in the predecessor's place", answers=[answer.__name__ for answer in removed.values()])
