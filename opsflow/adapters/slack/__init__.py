"""Slack: the channel of messages, the address book behind it, and the calls both make."""
