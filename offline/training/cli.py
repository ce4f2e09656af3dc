"""Commands of training: `sparrow train|tune|score`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from sparrow.settings import Settings

app = typer.Typer()

SPLIT = typer.Option("--split", help="`time`, or `random` for comparison with published figures.")


@app.command()
def train(
    model: Annotated[
        str | None,
        typer.Option("--model", help="A ranking model; by default SPARROW_RANKING_MODELS' first."),
    ] = None,
    split: Annotated[Literal["time", "random"], SPLIT] = "time",
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
    trials: Annotated[int, typer.Option("--trials", min=1, help="Number of trials in total.")] = 20,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="TOML file to write the best values to."),
    ] = None,
) -> None:
    """Search the hyper-parameters of a ranking model by validation AUC.

    A killed search is resumed; a finished one is only printed. --out writes the best values.

    Example: sparrow tune --model din --trials 30 --out offline/models/configs.toml
    """
    import tomlkit

    from offline.runtime.step import run_context
    from offline.training.tuning import tuning_report
    from offline.training.tuning.study import tune as search

    console = Console()
    with run_context(Settings(), console) as context:
        study = search(context, model, trials)
        section = tuning_report.config_section(study, model, context.dataset()["name"])
    console.print(tuning_report.trials_table(study, model))
    if out is None:
        console.print(tomlkit.dumps(section), markup=False)
    else:
        tuning_report.write_config_section(section, out)
        console.print(f"The best values are in section \\[{model}] of {out}.")


@app.command()
def score(
    rows: Annotated[
        Path, typer.Option(help="CSV or Parquet: user_id, movie_id and optionally timestamp.")
    ],
    out: Annotated[Path, typer.Option(help="CSV or Parquet file for the rows with `score`.")],
    model: Annotated[
        str | None,
        typer.Option("--model", help="A ranking model; by default the one with the best lists."),
    ] = None,
    split: Annotated[
        Literal["time", "random"],
        typer.Option(
            help="`time`: features of ratings strictly before the row's timestamp. `random`: of "
            "all ratings but the row's own, with the model of `sparrow train --split random`."
        ),
    ] = "time",
) -> None:
    """Score rows with the features as of each row's timestamp.

    Without a timestamp all ratings count. Use --split random for rows held out at random.

    Example: sparrow score --rows rows.csv --model embedding_mlp --out scores.csv
    """
    from offline.runtime.step import run_context
    from offline.training.plan import best_model
    from offline.training.score_file import score_file

    console = Console()
    with run_context(Settings(), console) as context:
        count = score_file(context, rows, model or best_model(context), split, out)
    console.print(f"{count:,} rows scored in {out}.")
