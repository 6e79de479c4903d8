"""Filing other prizes, draws and rules for a campaign that is under way: after its launch only what nobody loses by."""
