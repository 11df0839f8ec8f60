"""What a browser makes of a page: its form with what stands in it, and the texts that belong to a field."""

from html.parser import HTMLParser

import httpx


class Page(HTMLParser):
    """The first form of a page, or the one with a given button, read as a browser without scripts does."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.answer = answer
        self.action = ""
        self.fields: dict[str, str] = {}
        self.attributes: dict[str, dict[str, str | None]] = {}
        self.buttons: dict[str, str] = {}
        self.text = ""
        self._select = ""
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if said.get("id"):
            self.attributes[said["id"] or ""] = said
        if tag == "form":
            self.action = said.get("action") or ""
        elif tag == "input":
            self.fields[said["name"] or ""] = said.get("value") or ""
        elif tag == "button" and said.get("name"):
            self.buttons[said["name"] or ""] = said.get("value") or ""
        elif tag == "select":
            self._select = said["name"] or ""
        elif tag == "option" and ("selected" in said or self._select not in self.fields):
            self.fields[self._select] = said.get("value") or ""

    def handle_data(self, data: str) -> None:
        self.text += data

    def send(self, client: httpx.Client, changes: dict[str, str] | None = None) -> httpx.Response:
        """Send the form as it stands, with changes, to where it says."""
        address = self.answer.request.url.join(self.action)
        return client.post(str(address), data={**self.fields, **self.buttons, **(changes or {})})


def opened(client: httpx.Client, address: str, **headers: str) -> Page:
    """Open a page, a redirected one too."""
    answer = client.get(address, headers=headers, follow_redirects=True)
    return Page(answer)


def followed(client: httpx.Client, answer: httpx.Response) -> Page:
    """Return the page that an answer leads on to."""
    assert answer.status_code == 303, answer.text
    return opened(client, str(answer.request.url.join(answer.headers["location"])))
