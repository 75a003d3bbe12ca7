"""Views of boards to one file of HTML that needs nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from harness.page.figures.svg import text
from harness.report import plain, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.page.views import View

FOLDER = "templates"


def document(views: Sequence[View], title: str, command: str, home: str = "") -> str:
    """The page of one board or several; ``command`` is what makes it again, ``home`` leads to the site around it."""
    return environment().get_template("page.html.jinja").render(views=views, title=title, command=command, home=home)


def environment() -> Environment:
    """Templates with everything escaped, and nothing undefined let through."""
    made = Environment(
        loader=PackageLoader("harness.page", FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"short": short, "plain": plain, "number": text}
    made.globals["asset"] = lambda name: _asset(made, name)
    return made


def _asset(made: Environment, name: str) -> Markup:
    """A style or a script of ours as it is: it is written here, not typed by anybody."""
    loader = made.loader
    source = loader.get_source(made, name)[0] if loader else ""
    return Markup(source)  # noqa: S704 - package data
