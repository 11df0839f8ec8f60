"""What a sender sends, and when: the words of everything that is played."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from schemas.rejection import Reason


class Post(NamedTuple):
    """One sending of a submission; a double click and a retry are the same Post once more."""

    key: str
    body: dict[str, Any]
    edition: int = 0
    """0 is the original (POST); a higher one corrects it (PUT), and the highest stands."""
    refused_for: Reason | None = None
    """Why it must be refused, where it was made bad on purpose."""
    waits: bool = False
    """Whether it says so many letters that it must be held until a person has looked."""
    is_form: bool = False
    loses_answer: bool = False
    """Its sender hangs up before the answer, and then sends it again."""


class Step(NamedTuple):
    """Posts that are sent together, so many seconds after the beginning or as soon after as can be."""

    at: float
    posts: tuple[Post, ...]
    changes: int = 1
    """How many changes of a trace it covers."""
    waits: bool = False
    """Whether everything before it must be answered first."""


def corrected(post: Post, body: dict[str, Any], began: datetime) -> Post:
    """Return the next edition of a post; its moment is fixed here, so that a retry is the same revision."""
    edition = post.edition + 1
    modified_at = (began + timedelta(milliseconds=edition)).isoformat()
    return post._replace(body=body | {"modified_at": modified_at}, edition=edition, loses_answer=False)
