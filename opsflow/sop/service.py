"""What other domains ask for: an SOP by name and version."""

from opsflow.sop.files import SopNotFound, load_sop

__all__ = ["SopNotFound", "load_sop"]
