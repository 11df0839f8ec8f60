from starlette.responses import Response

from sinks.counters.kept_pages import KeptPages


def test_a_page_is_made_once_a_second() -> None:
    """Within a second who asks for the same gets the same; then, or when the clock was set back, it is made anew."""
    now = 10_000
    made: list[str] = []
    kept = KeptPages(lambda: now)

    def ask(what: str) -> Response:
        def make() -> Response:
            made.append(what)
            return Response(what)

        return kept.page(what, make)

    assert ask("a") is ask("a")
    assert ask("b").body == b"b"
    now += 999
    ask("a")
    assert made == ["a", "b"]
    now += 1
    ask("a")
    assert made == ["a", "b", "a"]
    now -= 5_000
    ask("a")
    assert made == ["a", "b", "a", "a"]


def test_nobody_fills_the_memory_with_addresses() -> None:
    """However many different addresses are asked for, few pages are kept."""
    kept = KeptPages(lambda: 0)
    first = kept.page(0, lambda: Response(b"0"))
    for number in range(1, 1000):
        kept.page(number, lambda: Response(b"x"))
    assert kept.page(0, lambda: Response(b"0")) is not first
