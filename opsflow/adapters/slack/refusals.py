"""What Slack's error codes mean: who can never be told, what is wrong with the app, what may have happened all the same."""

from collections.abc import Mapping

GONE: Mapping[str, str] = {
    "users_not_found": "nobody in the Slack workspace has that e-mail address",
    "user_not_found": "the Slack workspace has no such member",
    "user_not_visible": "the app may not see that member",
    "user_disabled": "that member's account is deactivated",
    "cannot_dm_bot": "that member is a bot",
    "channel_not_found": "there is no such channel, or the app was never invited to it",
    "is_archived": "the channel is archived",
    "not_in_channel": "the app is not in the channel",
    "restricted_action": "the workspace lets only some people post there",
    "restricted_action_read_only_channel": "the channel is read-only",
    "restricted_action_thread_only_channel": "the channel takes only replies",
    "message_not_found": "the message was deleted",
    "cant_update_message": "the message is not the app's own",
    "edit_window_closed": "the workspace lets messages be edited only for a while",
}
"""The address, or the message, is of no use any more; another way to the person is."""

SET_IT_ANEW = "Set OPSFLOW_SLACK_BOT_TOKEN to the app's bot token (xoxb-...); docs/slack.md says where it is"
MISCONFIGURED: Mapping[str, tuple[str, str]] = {
    "not_authed": ("no token was sent", SET_IT_ANEW),
    "invalid_auth": ("Slack does not know the token", SET_IT_ANEW),
    "token_revoked": ("the token was revoked", SET_IT_ANEW),
    "token_expired": ("the token has expired", SET_IT_ANEW),
    "account_inactive": (
        "the app was removed, or its workspace is gone",
        "Install the app again, then set its new token",
    ),
    "not_allowed_token_type": (
        "it is a token of another kind",
        "OPSFLOW_SLACK_BOT_TOKEN begins with xoxb-, OPSFLOW_SLACK_APP_TOKEN with xapp-",
    ),
    "no_permission": ("the app lacks a right", "Install the app again from docs/slack-manifest.yaml"),
    "access_denied": ("the app lacks a right", "Install the app again from docs/slack-manifest.yaml"),
    "org_login_required": ("the workspace is being moved", "Wait for the end of the move"),
    "team_access_not_granted": (
        "the app is not allowed in this workspace",
        "Ask an owner of the workspace to approve it",
    ),
    "messages_tab_disabled": (
        "the app takes no direct messages",
        "Switch on App Home > Messages Tab, as docs/slack-manifest.yaml does",
    ),
}
"""The app is set up wrongly: why, and the cure."""

LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
UNKNOWN = frozenset({"internal_error", "fatal_error", "service_unavailable"})
"""The call may have been done all the same, says the reference."""
