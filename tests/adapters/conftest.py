"""Slack on loopback."""

from tests.slack.fixtures import lines, running

__all__ = ["lines", "running"]
