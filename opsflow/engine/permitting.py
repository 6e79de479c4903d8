"""Who holds a permission by name in a campaign that is under way: taken from the workspace's `org.yaml`, and on record."""

from collections.abc import Mapping

from opsflow.campaigns.service import check
from opsflow.campaigns.store import hold_campaign, load_campaign, set_organisation
from opsflow.context import Context
from opsflow.journal.service import write
from opsflow.kernel.errors import BadInput, Refused
from opsflow.kernel.terms import CampaignKey, Permission, PersonKey
from opsflow.kernel.values import Value
from opsflow.org.model import Organisation, Person

Permissions = Mapping[Permission, tuple[PersonKey, ...]]


def file_permissions(ctx: Context, campaign: CampaignKey, organisation: Organisation, *, by: PersonKey) -> Permissions:
    """Let the `permissions` of an organisation count in a campaign, which keeps its own since it was started.

    Answers who is named now. Somebody who has joined since comes in with it. For the coordination
    post and administrators. NotFound: no such campaign. Refused: not theirs, or nothing differs. BadInput: somebody who is
    new is of a department that the campaign does not have.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        hold_campaign(session, campaign)
        held = load_campaign(session, campaign)
        check(ctx, held, "campaign.permissions", f"the permissions in {campaign} are for others to file", by=by)
        if held.organisation.permissions == organisation.permissions:
            raise Refused(f"The permissions of org.yaml are those of {campaign} already: nothing is to be filed.")
        people = held.organisation.people | _new(held.organisation, organisation)
        changed = {"permissions": organisation.permissions, "people": people}
        set_organisation(session, campaign, held.organisation.model_copy(update=changed))
        data: dict[str, Value] = {name.value: list(named) for name, named in organisation.permissions.items()}
        write(session, at=now, actor=by, action="campaign.permissions", campaign=campaign, object=campaign, data=data)
    return organisation.permissions


def _new(stored: Organisation, given: Organisation) -> dict[PersonKey, Person]:
    """Whoever is named and was not there when the campaign was started."""
    named = {person for people in given.permissions.values() for person in people} - stored.people.keys()
    found = {key: given.people[key] for key in sorted(named)}
    for key, person in found.items():
        if person.department not in stored.departments:
            raise BadInput(
                f"{key} is of {person.department}, a department that the campaign does not have: name somebody of one it has."
            )
    return found
