"""What stands behind the ports: channels, the motor, and doubles of both."""
