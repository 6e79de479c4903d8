"""A plan as CSV."""

from opsflow.campaigns.export.model import Export
from opsflow.campaigns.export.rows import heads, row
from opsflow.kernel.csvfile import csv_table


def plan_csv(export: Export) -> bytes:
    """The whole plan, stage by stage; instants as the campaign's clocks show them."""
    return csv_table(heads(export), (row(export, task) for task in export.plan.tasks))
