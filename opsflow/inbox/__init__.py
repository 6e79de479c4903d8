"""What comes in from Slack: presses of buttons, forms, /opsflow; over HTTP and over Socket Mode."""
