"""The engine: wakes are launched, a stage run loads, decides, applies, and ends in seconds."""
