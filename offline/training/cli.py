"""Commands of training: `sparrow train|tune`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from sparrow.settings import Settings

app = typer.Typer()


@app.command()
def train(
    model: Annotated[
        str | None,
        typer.Option(
            "--model", help="Name of a ranking model; the first of SPARROW_RANKING_MODELS."
        ),
    ] = None,
    split: Annotated[
        Literal["time", "random"],
        typer.Option(help="`time`, or `random` for comparison with published figures."),
    ] = "time",
) -> None:
    """Train a ranking model on samples and lists and export it; resumes a killed run.

    Example: sparrow train --model embedding_mlp
    """
    from offline.runtime.step import execute, run_context
    from offline.training.plan import evaluation_steps, ranking_models

    settings = Settings()
    with run_context(settings, Console()) as context:
        for step in evaluation_steps(settings, model or ranking_models(settings)[0], split):
            execute(step, context)


@app.command()
def tune(
    model: Annotated[str, typer.Option("--model", help="Name of a ranking model.")],
    trials: Annotated[int, typer.Option("--trials", min=1, help="How many in all.")] = 20,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="TOML file whose section of the model takes the best values."),
    ] = None,
) -> None:
    """Search for the hyper-parameters of a ranking model by its AUC on validation.

    A search that was killed goes on where it stood, and one that is done is only printed: to adopt
    its best values, give --out.

    Example: sparrow tune --model din --trials 30 --out offline/models/configs.toml
    """
    import tomlkit

    from offline.runtime.step import run_context
    from offline.training.tuning import study as house
    from offline.training.tuning import tuning_report

    console = Console()
    with run_context(Settings(), console) as context:
        study = house.tune(context, model, trials)
        found = tuning_report.config_section(study, model, context.dataset()["name"])
    console.print(tuning_report.trials_table(study, model))
    if out is None:
        console.print(tomlkit.dumps(found), markup=False)
    else:
        tuning_report.write_config_section(found, out)
        console.print(f"The best values are in section \\[{model}] of {out}.")
