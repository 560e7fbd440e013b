"""Ariadne, told which protocol its sockets speak: by default it is an older one. A chat that goes on and on."""

import asyncio

from ariadne import QueryType, SubscriptionType, make_executable_schema
from ariadne.asgi import GraphQL
from ariadne.asgi.handlers import GraphQLTransportWSHandler

query = QueryType()
subscription = SubscriptionType()


@query.field("hello")
def resolve_hello(*_):
    return "Hello"


@subscription.source("ticks")
async def generate_ticks(*_):
    n = 0
    while True:
        n += 1
        yield f"tick {n}"
        await asyncio.sleep(0.05)


@subscription.field("ticks")
def resolve_ticks(tick, _):
    return tick


schema = make_executable_schema("type Query { hello: String! } type Subscription { ticks: String! }", query, subscription)
app = GraphQL(schema, websocket_handler=GraphQLTransportWSHandler())
