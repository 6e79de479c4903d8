"""What binds people to a campaign's feedback."""

from opsflow.campaigns.permissions import Tie
from opsflow.campaigns.state import Campaign
from opsflow.kernel.terms import DepartmentId, PersonKey

SERVICE = DepartmentId("customer_service")
"""The department that asks, calls back and hears what users say."""


def ties(campaign: Campaign, by: PersonKey) -> set[Tie]:
    """Feedback is customer service's: everybody of it owns it, whoever leads it heads it."""
    person = campaign.organisation.people.get(by)
    leads = campaign.organisation.departments.get(SERVICE)
    found = {Tie.OWNER} if person is not None and person.department == SERVICE else set()
    return found | ({Tie.HEAD} if leads is not None and by in (leads.head, leads.deputy) else set())
