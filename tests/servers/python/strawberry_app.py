"""Strawberry, with no option set: a chat that goes on and on."""

import asyncio
from collections.abc import AsyncGenerator

import strawberry
from strawberry.asgi import GraphQL


@strawberry.type
class Query:
    @strawberry.field
    def hello(self) -> str:
        return "Hello"


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self) -> AsyncGenerator[str, None]:
        n = 0
        while True:
            n += 1
            yield f"tick {n}"
            await asyncio.sleep(0.05)


app = GraphQL(strawberry.Schema(query=Query, subscription=Subscription))
