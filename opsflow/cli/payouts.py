"""`opsflow prizes`, second half: asking for payouts, approving, paying, stopping, deciding and reconciling them."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opsflow.cli.acting import ByOption, CampaignArgument, FormatOption, acting_context, person, show, words
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import CampaignKey

if TYPE_CHECKING:
    from opsflow.kernel.paying import StatementLine
    from opsflow.prizes.payouts.model import PayoutStatus

payouts = typer.Typer(rich_markup_mode=None)

ListOption = Annotated[
    int | None,
    typer.Option("--list", help="The list's number.", metavar="N", min=1, max=2**31 - 1, show_default="the one that waits"),
]  # fmt: skip
CALCULATE = "Open the sheet in a spreadsheet program and save it, or save it as CSV, where a 0 is one"
WhyOption = Annotated[str, typer.Option("--reason", help="Why; it stands in the journal.", metavar="TEXT")]


@payouts.command()
def request(
    campaign: CampaignArgument,
    by: ByOption = None,
    again: Annotated[
        bool, typer.Option("--again", help="What a provider refused as well; somebody has mended why.")
    ] = False,
    output: FormatOption = "text",
) -> None:
    """Ask for everything that is due.

    It becomes a list with a hash, which finance approves.

    Example: opsflow prizes request double-eleven-2026 --by lin-yue
    """
    who = person(by)
    with acting_context() as ctx:
        # SQLAlchemy takes 0.3 s to import, which `--help` need not wait for; below as well.
        from opsflow.prizes.payouts import requesting
        from opsflow.prizes.payouts.overview import look_at_list, overview

        number = requesting.request(ctx, CampaignKey(campaign), by=who, again=again).number
        found, whole = look_at_list(ctx, CampaignKey(campaign), number), overview(ctx, CampaignKey(campaign))
        people = requesting.signers(ctx, found[0])
    from opsflow.cli import payoutview  # SQLAlchemy, as above

    if output == "json":
        _json(payoutview.list_json(*found) | {"left_out": payoutview.said_paid_json(whole)})
    else:
        lines = [*payoutview.list_text(*found), *payoutview.signers_lines(found[0], people)]
        show([*lines, *payoutview.said_paid_lines(whole)])


@payouts.command()
def approve(
    campaign: CampaignArgument,
    number: ListOption = None,
    root: Annotated[
        str | None,
        typer.Option("--hash", help="Approve the list with this hash.", metavar="HASH", show_default="only look at it"),
    ] = None,
    by: ByOption = None,
    output: FormatOption = "text",
) -> None:
    """Look at a list of payouts, or approve it.

    Two different people of finance do where it is worth more than `payout_threshold` in org.yaml, and never who asked for it.

    \b
    Examples:
      opsflow prizes approve double-eleven-2026
      opsflow prizes approve double-eleven-2026 --hash 4f1c... --by yao-qing
    """
    key = CampaignKey(campaign)
    who = person(by) if root is not None else None
    with acting_context() as ctx:
        # SQLAlchemy, as above.
        from opsflow.cli import payoutview
        from opsflow.prizes.payouts.lists.service import approve as sign
        from opsflow.prizes.payouts.overview import look_at_list
        from opsflow.prizes.payouts.requesting import signers

        found, parts = look_at_list(ctx, key, number)
        people = signers(ctx, found)
        if root is not None and who is not None:
            found = sign(ctx, key, number=found.number, root=root, by=who)
    if output == "json":
        _json(payoutview.list_json(found, parts))
    elif root is None:
        show([*payoutview.list_text(found, parts), *payoutview.signers_lines(found, people)])
    elif len(found.signed_by) < found.needed:
        print(f"Signed; list {found.number} needs {found.needed - len(found.signed_by)} more of finance.")
    else:
        print(f"List {found.number} is approved: `opsflow prizes pay {campaign}`, or the schedule, pays it.")


@payouts.command()
def pay(campaign: CampaignArgument, output: FormatOption = "text") -> None:
    """Pay now what is approved and due.

    And look up what became of what is unknown. The schedule does the same every five minutes; any number may do it at once.
    With a provider that cannot be used from here the code is 1; the others are worked through.

    Example: opsflow prizes pay double-eleven-2026
    """
    key = CampaignKey(campaign)
    with acting_context() as ctx:
        # SQLAlchemy, as above.
        from opsflow.cli import payoutview
        from opsflow.prizes.payouts.overview import overview
        from opsflow.prizes.payouts.service import pay_due

        overview(ctx, key)  # NotFound for a campaign that is not there
        with _progress() as tell:
            done = pay_due(ctx, key, tell=tell)
        found = overview(ctx, key)
    if output == "json":
        moved = {status.value: count for status, count in done.moved.items()}
        unusable = {"unusable_providers": dict(done.unusable)}
        _json({"lost": done.lost, "moved": moved} | unusable | payoutview.overview_json(found))
    else:
        show([*payoutview.round_text(done, found), *payoutview.overview_text(found)])
    if done.unusable:  # the others were worked through; whoever runs this must still hear of it
        raise typer.Exit(1)


@payouts.command()
def status(campaign: CampaignArgument, output: FormatOption = "text") -> None:
    """Show how far draws and payouts are.

    And what has to be decided, by whom.

    Example: opsflow prizes status double-eleven-2026
    """
    key = CampaignKey(campaign)
    with acting_context() as ctx:
        # SQLAlchemy, as above.
        from opsflow.cli import payoutview
        from opsflow.cli.draws import overview_lines
        from opsflow.prizes.payouts.overview import overview

        found, draws = overview(ctx, key), overview_lines(ctx, key)
    if output == "json":
        _json(payoutview.overview_json(found))
    else:
        show([*draws, *payoutview.overview_text(found)])


@payouts.command()
def pause(campaign: CampaignArgument, reason: WhyOption, by: ByOption = None) -> None:
    """Send nothing new.

    What is under way is still looked up and confirmed.

    Example: opsflow prizes pause double-eleven-2026 --reason "Account to be checked" --by lin-yue
    """
    who, why = person(by), _said(reason, "--reason")
    with acting_context() as ctx:
        from opsflow.prizes.payouts.holds.service import pause as stop  # SQLAlchemy, as above

        stop(ctx, CampaignKey(campaign), by=who, reason=why)
    print(f"The payouts of {campaign} are paused; `opsflow prizes resume {campaign}` lets them go on.")


@payouts.command()
def brake(campaign: CampaignArgument, reason: WhyOption, by: ByOption = None) -> None:
    """Stop payouts and reminders at once.

    The emergency brake: nothing leaves, not even the question what became of something; the campaign itself is paused.

    Example: opsflow prizes brake double-eleven-2026 --reason "Winners may be wrong" --by lin-yue
    """
    who, why = person(by), _said(reason, "--reason")
    with acting_context() as ctx:
        from opsflow.prizes.payouts.holds.service import brake as stop  # SQLAlchemy, as above

        paused = stop(ctx, CampaignKey(campaign), by=who, reason=why)
    also = f", `opsflow campaign resume {campaign}` its reminders" if paused else ""
    print(f"The brake is on. `opsflow prizes resume {campaign}` lets payouts go on{also}.")


@payouts.command()
def resume(campaign: CampaignArgument, by: ByOption = None) -> None:
    """Let payouts go on.

    Example: opsflow prizes resume double-eleven-2026 --by yao-qing
    """
    who = person(by)
    with acting_context() as ctx:
        from opsflow.prizes.payouts.holds.service import resume as go_on  # SQLAlchemy, as above

        was = go_on(ctx, CampaignKey(campaign), by=who)
    show([f"The payouts of {campaign} go on; they were {was.hold} by {was.by}: {was.because}"])


@payouts.command()
def decide(
    campaign: CampaignArgument,
    award: Annotated[str, typer.Argument(help="The award, as `prizes status` names it.", metavar="AWARD")],
    evidence: Annotated[str, typer.Option(help="How you know: a statement, a ticket, a call.", metavar="TEXT")],
    paid: Annotated[
        str | None,
        typer.Option("--paid", help="It was paid, under this reference of the provider.", metavar="REFERENCE"),
    ] = None,
    not_paid: Annotated[bool, typer.Option("--not-paid", help="It was not paid and will not be.")] = False,
    by: ByOption = None,
) -> None:
    """Say what became of a payout that nobody else can tell of.

    Or that one which the provider refused is paid after all, once its statement shows it. When two people of finance say the
    same, it is paid, or its money is free again.

    \b
    Examples:
      opsflow prizes decide double-eleven-2026 4f1c... --paid TX-88 --evidence "Bank statement of 20 November" --by yao-qing
      opsflow prizes decide double-eleven-2026 4f1c... --not-paid --evidence "Ticket 4711 of the provider" --by wu-min
    """
    who = person(by)
    if (paid is None) is not not_paid:
        raise BadInput("Say one of the two: --paid REFERENCE, or --not-paid.")
    with acting_context() as ctx:
        # SQLAlchemy, as above.
        from opsflow.prizes.payouts.rulings.model import Verdict
        from opsflow.prizes.payouts.rulings.service import decide as rule

        verdict = Verdict.NOT_PAID if not_paid else Verdict.PAID
        said, reference = _said(evidence, "--evidence"), None if paid is None else _said(paid, "--paid")
        now = rule(ctx, CampaignKey(campaign), award, by=who, verdict=verdict, evidence=said, reference=reference)
    settled = now == ("paid" if verdict is Verdict.PAID else "refused")
    print(f"Award {award} is {now}." if settled else "Noted; somebody else of finance has to say the same.")


@payouts.command()
def reconcile(
    campaign: CampaignArgument,
    provider: Annotated[str, typer.Option(help="A provider of payouts.yaml.", metavar="NAME")],
    statement: Annotated[
        Path | None,
        typer.Option(
            help="The provider's statement: .csv, .jsonl or .xlsx with key, reference, amount, currency.",
            metavar="FILE",
            show_default="the provider is asked",
        ),
    ] = None,
    empty: Annotated[
        bool, typer.Option("--empty", help="A statement without a line is meant: the provider has paid nothing.")
    ] = False,
    by: ByOption = None,
) -> None:
    """Hold our books against a provider's.

    A statement counts as a whole: all that was paid for the campaign. Each difference is a case of its own; nothing is sent there
    until it is explained, or a later statement does not show it any more.

    \b
    Examples:
      opsflow prizes reconcile double-eleven-2026 --provider bank --by yao-qing
      opsflow prizes reconcile double-eleven-2026 --provider bank --statement november.csv --by yao-qing
    """
    who = person(by)
    with acting_context() as ctx:
        # SQLAlchemy, as above.
        from opsflow.cli import payoutview
        from opsflow.prizes.payouts.reckoning.service import reconcile as hold_against

        lines = None if statement is None else list(_lines(statement))
        done = hold_against(ctx, CampaignKey(campaign), provider, by=who, lines=lines, empty=empty)
    show(payoutview.reconciled_text(done, provider))


@payouts.command()
def explain(
    campaign: CampaignArgument,
    number: Annotated[int, typer.Argument(help="The difference's number.", metavar="NUMBER", min=1, max=2**31 - 1)],
    text: Annotated[str, typer.Argument(help="What is behind it.", metavar="TEXT")],
    by: ByOption = None,
) -> None:
    """Say what is behind a difference.

    So that it stops nothing any more.

    Example: opsflow prizes explain double-eleven-2026 3 "A test payment of the provider's own" --by yao-qing
    """
    who, said = person(by), _said(text, "TEXT")
    with acting_context() as ctx:
        from opsflow.prizes.payouts.reckoning.service import explain as write  # SQLAlchemy, as above

        write(ctx, CampaignKey(campaign), number, by=who, text=said)
    print(f"Difference {number} is explained.")


def _lines(path: Path) -> "Iterator[StatementLine]":
    # The spreadsheet library, which no other command of these needs.
    from opsflow.kernel.money import parse
    from opsflow.kernel.paying import StatementLine
    from opsflow.kernel.rowfile import rows

    for row in rows(path):
        try:
            worth = parse(row.values["amount"], row.values["currency"], zero=True)
            _check_calculated(path, worth.units)
            yield StatementLine(row.values["key"], row.values["reference"], worth.units, worth.currency)
        except (KeyError, BadInput) as error:
            wrong = row.fault or (f"there is no {error}" if isinstance(error, KeyError) else str(error))
            raise BadInput(f"{path}, line {row.line}: {wrong}.".replace("..", ".")) from error


def _check_calculated(path: Path, units: int) -> None:
    """BadInput: in a spreadsheet 0 is what a formula reads as that nobody has calculated."""
    if not units and path.suffix.lower() == ".xlsx":
        raise BadInput(f"the amount is 0, as of a formula not calculated. {CALCULATE}")


@contextmanager
def _progress() -> "Iterator[Callable[[Counter[PayoutStatus]], None]]":
    """A line on a terminal that tells how far it is; elsewhere nothing."""
    on_terminal = sys.stderr.isatty()

    def tell(moved: "Counter[PayoutStatus]") -> None:
        if on_terminal:
            print("\r" + ", ".join(f"{count:,} {status}" for status, count in moved.items()), end="", file=sys.stderr)

    yield tell
    if on_terminal:
        print("\r\x1b[K", end="", file=sys.stderr)


def _said(text: str, option: str) -> str:
    said = words(text, option)
    assert said is not None  # what must be given
    return said.en


def _json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))
