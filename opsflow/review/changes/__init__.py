"""Use cases of changes to an SOP: propose, show, accept, reject."""
