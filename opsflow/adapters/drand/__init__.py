"""drand, the public beacon: its servers over HTTP, a double of them, and its signatures."""
