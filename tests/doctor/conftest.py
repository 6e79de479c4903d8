"""Slack on loopback."""

from tests.slack.fixtures import running

__all__ = ["running"]
