"""The Jinja2 environment: autoescaping, strict about names, and the words for numbers."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from webui.formatting.number_formats import (
    age,
    day,
    duration,
    figure,
    mean,
    moment,
    percent,
    thousands,
)
from webui.formatting.translations import translations
from webui.formatting.urls import segment
from webui.rendering.assets import Assets
from webui.views.shared.model_names import model_name
from webui.views.shared.poster_urls import drawn_url, real_url
from webui.views.shared.reason_text import translate_reason
from webui.views.site.error_details import detail_in

TEMPLATES = Path(__file__).parent.parent / "templates"


def environment(assets: Assets, language: str, *, real_posters: bool) -> Environment:
    """Templates of the package in a language; values are escaped, a missing one is an error.

    `real_posters`: films have TMDB's posters.
    """
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.add_extension("jinja2.ext.i18n")
    known = translations(language)
    env.install_gettext_translations(known, newstyle=True)  # type: ignore[attr-defined]
    # looked up as it is: names from data may hold what a message must not
    env.filters["word"] = known.gettext
    env.filters["reason"] = lambda reason: translate_reason(reason, known.gettext)
    env.filters["detail"] = lambda text: detail_in(text, known.gettext)
    env.filters["model_name"] = lambda name: known.gettext(model_name(name))
    env.globals.update(asset=assets.url, language=language, real_posters=real_posters)
    env.filters.update(
        poster=real_url if real_posters else drawn_url,
        mean=mean,
        thousands=thousands,
        duration=duration,
        day=partial(day, language=language),
        percent=percent,
        segment=segment,
        figure=figure,
        age=age,
        moment=moment,
    )
    return env
