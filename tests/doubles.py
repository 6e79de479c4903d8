"""The doubles behind a test's context."""

from opsflow.adapters.memory import MemoryChannel
from opsflow.context import Context


def channel_of(ctx: Context) -> MemoryChannel:
    """The channel in memory that the `ctx` fixture tells people on."""
    channel = ctx.channels["memory"]
    assert isinstance(channel, MemoryChannel)
    return channel
