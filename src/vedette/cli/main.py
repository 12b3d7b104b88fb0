"""The ``vedette`` command: names the verbs and turns every ending into an exit code.

A verb's module is imported only when it is called: the Azure SDK, DuckDB and the Kusto compiler
take a second to import, and ``--version`` needs none of them.
"""

from __future__ import annotations

import importlib
import logging
import sys
import traceback

import click

from vedette import __version__
from vedette.errors import VedetteError

#: Verb → (module below ``vedette.cli`` that defines a click command ``command``, one-line help).
#: The help stands here because asking the module for it would import it.
VERBS: dict[str, tuple[str, str]] = {
    "new": ("new", "Write a new detection with its cases, ready to pass."),
    "lint": ("lint", "Validate detections and compile their queries."),
    "explain": ("explain", "Say what a finding means and what to do about it."),
    "test": ("test", "Run the cases of detections offline."),
    "deps": ("deps", "Show the tables, functions and watchlists that detections need."),
    "build": ("build", "Lint, test and write what is deployed to build/."),
    "export": ("export", "Write what is deployed as an ARM template, Bicep or Terraform."),
    "pull": ("pull", "Bring rules into the repository: from a workspace, or from files."),
    "render": ("render", "Show what an environment gets: overrides, exclusions, what is left out."),
    "plan": ("plan", "Show what a deployment would change."),
    "apply": ("apply", "Deploy: plan, apply, verify."),
    "drift": ("drift", "Show what was changed in the workspace since it was deployed."),
    "adopt": ("adopt", "Take what was changed in the workspace into the file."),
    "rollback": ("rollback", "Go back: undo an apply, or deploy an earlier commit."),
    "disable": ("disable", "Switch a rule off at once, and keep it off."),
    "history": ("history", "Show what happened to a resource: commits, applies, etags."),
    "health": ("health", "Show whether the deployed rules work."),
    "backtest": ("backtest", "Run rules over a live workspace's history."),
    "audit": ("audit", "Check the journal of what was written."),
    "doctor": ("doctor", "Check the machine, the repository and a workspace."),
    "workspace": ("workspace", "The local workspace: serve it, send it events."),
    "generate": ("generate", "Generate events to try detections on."),
    "replay": ("replay", "Run rules over a month of events, and compare two versions."),
    "schema": ("schema", "Write the JSON Schemas that editors use; pull a workspace's tables."),
}


class LazyGroup(click.Group):
    """A click group whose commands live in modules of their own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs in the order of the work, not of the alphabet."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the verb's module and return its command."""
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"vedette.cli.{VERBS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(verb, text) for verb, (_, text) in VERBS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vedette")
def cli() -> None:
    """Detection as code for Microsoft Sentinel and Microsoft Defender XDR."""


def main() -> None:
    """Run the command line; exit 0 clean, 1 findings, 2 usage or configuration, 3 tool failure."""
    # What a library has to say is in the error that it raises; Python would print it a second time.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        # A verb returns its exit code; None (from --help and the like) is clean.
        sys.exit(cli.main(standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    except VedetteError as error:
        click.echo(f"vedette: {error}", err=True)
        sys.exit(error.exit_code)
    except Exception:
        # The process boundary. Python would end with 1, which means findings.
        traceback.print_exc()
        click.echo("vedette: this is a defect of vedette; the lines above say where", err=True)
        sys.exit(3)
