"""HTML files that need nothing else: no network, no script."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from deltarule.errors import MissingExtraError

NEEDED = ("jinja2", "latex2mathml.converter", "matplotlib")


def require_packages() -> None:
    """See that what pages are made with is installed.

    Raises
    ------
    MissingExtraError
    """
    for name in NEEDED:
        try:
            import_module(name)
        except ImportError as error:
            raise MissingExtraError(
                f"A page needs {name.partition('.')[0]}, which is not installed: "
                "pip install 'deltarule[report]'"
            ) from error


def render(template: str, filters: Mapping[str, Callable[..., Any]], **content: Any) -> str:
    """Fill in one of ``templates/``; whatever is filled in is escaped.

    Parameters
    ----------
    template : str
        Its file.
    filters : mapping from name to function
        Besides ``mathml``, which sets LaTeX.
    **content
        What the template names.

    Raises
    ------
    MissingExtraError
    """
    require_packages()
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from latex2mathml.converter import convert

    environment = Environment(
        loader=PackageLoader("deltarule.insight"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"mathml": lambda latex: convert(latex, display="block"), **filters}
    return environment.get_template(template).render(**content)
