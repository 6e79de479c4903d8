"""`opsflow schema`: what campaign, organisation and SOP files may hold, as JSON Schema for editors."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import BaseModel

from opsflow.campaigns.model import CampaignFile
from opsflow.kernel.jsonschema import schema_of
from opsflow.kernel.writing import write_aside
from opsflow.org.model import Organisation
from opsflow.sop.model import Sop

Kind = Literal["campaign", "org", "sop"]
MODELS: dict[Kind, type[BaseModel]] = {"campaign": CampaignFile, "org": Organisation, "sop": Sop}


def schema(
    kind: Annotated[Kind, typer.Argument(help="Which file the schema is for.", metavar="campaign|org|sop")],
    target: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file.", metavar="FILE")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Print the JSON Schema of a kind of file: its keys, what each means, which values there are.

    An editor with YAML support (VS Code, JetBrains, Neovim) completes and checks a file whose first line names its
    schema. `opsflow check` checks more: names, dates and sums that have to agree.

    \b
    Example:
      opsflow schema campaign -o campaign.schema.json
      # yaml-language-server: $schema=../campaign.schema.json    (first line of the campaign file)
    """
    text = json.dumps(schema_of(MODELS[kind], f"opsflow {kind} file"), ensure_ascii=False, indent=2) + "\n"
    if target is None:
        typer.echo(text, nl=False)
    else:
        write_aside(target, text.encode(), force=force)
        print(f"Written: {target}")
