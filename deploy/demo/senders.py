"""Sends what is played through the real collector, on many connections, and notes each answer."""

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final

import httpx

from deploy.demo.expected import HELD, Sent
from deploy.demo.posts import Post, Step

_CONNECTIONS: Final = 32
_WAITING: Final = 64
_TRIES: Final = 60
_AGAIN_SECONDS: Final = 1
_LOOK_SECONDS: Final = 0.1
_HANG_UP_SECONDS: Final = 0.001
_NOT_YET: Final = (httpx.codes.REQUEST_TIMEOUT, httpx.codes.SERVICE_UNAVAILABLE)
NOT_ANSWERED: Final = "not accepted: the collector was away"


async def send(
    play: Iterable[Step], collector: str, is_over: Callable[[], bool], say: Callable[[Sent, float], None]
) -> Sent:
    """Send steps when they are due, until the last or until it is over, and return once everything is answered.

    A step is sent whole or not at all. `say` hears of the progress each second.
    """
    sent, queue = Sent(), asyncio.Queue[Post](_WAITING)
    async with (
        httpx.AsyncClient(base_url=collector, timeout=30, trust_env=False) as client,
        asyncio.TaskGroup() as all_,
    ):
        tasks = [all_.create_task(_send_each(client, queue, sent)) for _ in range(_CONNECTIONS)]
        tasks.append(all_.create_task(_say_each_second(sent, say)))
        await _feed(play, queue, sent, is_over)
        await queue.join()
        for task in tasks:
            task.cancel()
    return sent


async def _feed(play: Iterable[Step], queue: asyncio.Queue[Post], sent: Sent, is_over: Callable[[], bool]) -> None:
    began = time.monotonic()
    for step in play:
        while (wait := began + step.at - time.monotonic()) > 0 and not is_over():  # noqa: ASYNC110 (no event: a clock)
            await asyncio.sleep(min(wait, _LOOK_SECONDS))
        if is_over():
            return
        if step.waits:
            await queue.join()
        for post in step.posts:
            await queue.put(post)
        sent.changes += step.changes


async def _say_each_second(sent: Sent, say: Callable[[Sent, float], None]) -> None:
    began = time.monotonic()
    while True:
        await asyncio.sleep(1)
        say(sent, time.monotonic() - began)


async def _send_each(client: httpx.AsyncClient, queue: asyncio.Queue[Post], sent: Sent) -> None:
    while True:
        post = await queue.get()
        sent.offered += 1
        if post.loses_answer:
            with suppress(httpx.TransportError):  # whether it arrived, its sender does not know: so it is sent again
                await client.send(_request(client, post, httpx.Timeout(30, read=_HANG_UP_SECONDS)))
            sent.answers_lost += 1
        sent.take(post, *await _answer(client, post))
        queue.task_done()


async def _answer(client: httpx.AsyncClient, post: Post) -> tuple[int, str]:
    """Return status and reason of the first answer that decides; sent again with the same key until there is one."""
    for _ in range(_TRIES):
        with suppress(httpx.TransportError):
            answer = await client.send(_request(client, post, httpx.Timeout(30)))
            if answer.status_code not in _NOT_YET:
                return answer.status_code, _reason_of(answer)
        await asyncio.sleep(_AGAIN_SECONDS)
    return httpx.codes.SERVICE_UNAVAILABLE, NOT_ANSWERED


def _reason_of(answer: httpx.Response) -> str:
    if answer.status_code == httpx.codes.ACCEPTED:
        return HELD if "held" in answer.json() else ""
    is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    return str(answer.json()["reason"]) if is_problem else f"status {answer.status_code}"


def _request(client: httpx.AsyncClient, post: Post, timeout: httpx.Timeout) -> httpx.Request:
    content: dict[str, Any] = {"data": form_of(post.body)} if post.is_form else {"json": post.body}
    method, headers = "PUT" if post.edition else "POST", {"Idempotency-Key": post.key}
    return client.build_request(method, "/v1/reports", headers=headers, timeout=timeout, **content)


def form_of(body: dict[str, Any]) -> dict[str, str | list[str]]:
    """Return a body as the fields of a form."""
    fields = {name: str(value) for name, value in body.items() if name != "lines" and value is not None}
    lines = body["lines"]
    return {**fields, "case": [line["case"] for line in lines], "letters": [str(line["letters"]) for line in lines]}
