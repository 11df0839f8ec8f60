from starlette.responses import Response

from sinks.counters.kept_pages import MOST_BYTES, KeptPages


class Asking:
    """Asks for pages at a time that a test sets, and counts how often each was made."""

    def __init__(self) -> None:
        self.now = 10_000
        self.made: list[str] = []
        self._kept = KeptPages(lambda: self.now)

    def ask(self, what: str, size: int = 1) -> Response:
        def make() -> Response:
            self.made.append(what)
            return Response(what[:1] * size)

        return self._kept.page((what,), make)

    def is_kept(self, what: str) -> bool:
        before = len(self.made)
        self.ask(what)
        return len(self.made) == before


def test_a_page_is_made_once_a_second() -> None:
    """Within a second who asks for the same gets the same; then, or when the clock was set back, it is made anew."""
    asking = Asking()
    assert asking.ask("a") is asking.ask("a")
    assert asking.ask("b").body == b"b"
    asking.now += 999
    asking.ask("a")
    assert asking.made == ["a", "b"]
    asking.now += 1
    asking.ask("a")
    assert asking.made == ["a", "b", "a"]
    asking.now -= 5_000
    asking.ask("a")
    assert asking.made == ["a", "b", "a", "a"]


def test_large_pages_do_not_fill_the_memory() -> None:
    """Pages are kept up to a number of bytes, the newest of them; one that is larger by itself is not kept."""
    asking = Asking()
    for number in range(4):
        asking.ask(str(number), MOST_BYTES // 3)
    assert [asking.is_kept(str(number)) for number in (2, 3)] == [True, True]
    assert not asking.is_kept("0")
    asking.ask("too large", MOST_BYTES)
    assert not asking.is_kept("too large")


def test_long_addresses_do_not_fill_the_memory() -> None:
    """What is asked for counts as well as what is answered."""
    asking = Asking()
    asking.ask("first")
    for number in range(4):
        asking.ask(str(number) * (MOST_BYTES // 4))
    assert not asking.is_kept("first")


def test_what_is_old_makes_room_for_what_is_new() -> None:
    """However many pages of a second ago there are, those of this second are kept."""
    asking = Asking()
    for number in range(150):
        asking.ask(f"old {number}", MOST_BYTES // 200)
    asking.now += 1_000
    for number in range(150):
        asking.ask(f"new {number}", MOST_BYTES // 200)
    assert all(asking.is_kept(f"new {number}") for number in range(150))
