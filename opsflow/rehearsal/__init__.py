"""The rehearsal: a whole campaign on a virtual clock, through the real flows, before anyone is bothered."""
