"""A server for `language_model.py` that speaks OpenAI's protocol and takes no time: what is measured is the other side.

python benchmarks/model_server.py    (prints its port; `POST /v1/chat/completions` streams `max_tokens` words)
"""

from __future__ import annotations

import asyncio
import json
import time

_HEAD = "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nConnection: close\r\n\r\n"
_MODELS = {"object": "list", "data": [{"id": "bench", "owned_by": "bench", "max_model_len": 8192}]}
_PACE = 0.001  # seconds between the words of an answer that is to be stopped


class Server:
    """Answers, and takes note of when an answer was broken off."""

    def __init__(self) -> None:
        self.closed = 0.0  # when a client last closed an answer that was not at its end, by the system's clock

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ", 2)[1]
        size = next((int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-l")), 0)
        body = json.loads(await reader.readexactly(size)) if size else {}
        try:
            if path == "/v1/chat/completions":
                writer.write(_HEAD.format("text/event-stream").encode())
                await self._stream(body, reader, writer)
            else:
                found = {"/v1/models": _MODELS, "/closed": {"at": self.closed}}.get(path)
                status = "" if found is not None else _HEAD.replace("200 OK", "404 Not Found")
                writer.write((status or _HEAD).format("application/json").encode() + json.dumps(found or {}).encode())
            await writer.drain()
        except ConnectionError:
            self.closed = time.monotonic()
        finally:
            writer.close()

    async def _stream(self, body: dict[str, int], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = body.get("max_tokens", 0)
        end = asyncio.ensure_future(reader.read())  # ends when the client closes
        for place in range(number or 10**9):
            event = {"choices": [{"index": 0, "delta": {"content": f"word {place} "}, "finish_reason": None}]}
            writer.write(f"data: {json.dumps(event)}\n\n".encode())
            if not number or place % 50 == 0:
                await writer.drain()
            if not number:
                await asyncio.wait([end], timeout=_PACE)
            if end.done():
                self.closed = time.monotonic()
                return
        last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        writer.write(f"data: {json.dumps(last)}\n\ndata: [DONE]\n\n".encode())


async def main() -> None:
    server = await asyncio.start_server(Server().answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
