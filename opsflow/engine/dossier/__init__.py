"""The dossier of a campaign: everything its documents are written from, as plain values in one language."""

from opsflow.engine.dossier.build import build

__all__ = ["build"]
