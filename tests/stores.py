"""A store without a disk, for tests that open thousands of them."""

from collections.abc import Iterator, Mapping, Sequence


class MemoryStore:
    """A store that keeps its values until it is dropped; test_store.py holds it to the contract of the one on disk."""

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}

    def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        return [self.values.get(key) for key in keys]

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        return ((key, value) for key, value in sorted(self.values.items()) if key.startswith(prefix))

    def write(self, values: Mapping[bytes, bytes | None]) -> None:
        for key, value in values.items():
            if value is None:
                self.values.pop(key, None)
            else:
                self.values[key] = value

    def close(self) -> None:
        """Nothing is open."""
