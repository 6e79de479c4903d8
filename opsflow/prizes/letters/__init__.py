"""What participants are told, step by step, written for whoever sends the mail: each of them once."""
