"""Which campaigns are paused: what the sweeps of deadlines, wakes and notices leave alone."""

import sqlalchemy as sa

from opsflow.db.tables import CampaignRow
from opsflow.kernel.terms import PAUSED


def paused_campaigns() -> sa.Select[tuple[str]]:
    """Keys of the paused campaigns, to be asked inside another statement."""
    return sa.select(CampaignRow.key).where(CampaignRow.status == PAUSED)
