"""How Sphinx makes the documentation: a warning is an error, and every example runs."""

import logging
import os
import shutil
import sys
from pathlib import Path

from deltarule import __version__

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

# Where the tutorial's commands run, one after the other; its report becomes a page of the site.
RUN = HERE / "_run"
shutil.rmtree(RUN, ignore_errors=True)
RUN.mkdir()
(RUN / "report.html").touch()  # Sphinx wants to see it before there is one
os.environ["DELTARULE_DOCS_RUN"] = str(RUN)
os.environ["IPYTHONDIR"] = str(HERE / "_ext" / "ipython")  # warnings without paths
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
os.environ["PYTHONPATH"] = str(HERE / "_ext")  # pages draw what is in pictures.py
os.environ["COLUMNS"] = "88"
html_extra_path = ["_run/report.html"]
for told in ("deltarule", "traitlets"):  # what is no warning
    logging.getLogger(told).setLevel(logging.WARNING)

project, author = "deltarule", "the deltarule developers"
copyright = "the deltarule developers"  # noqa: A001 - the name is Sphinx's
version = release = __version__
html_title = f"deltarule {release}"

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "sphinx_click",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "sphinxcontrib.programoutput",
    "mathml",
]
exclude_patterns = ["_build", "_run", "_ext", "gallery/*.ipynb", "gallery/*.py", "gallery/*.md5"]
suppress_warnings = ["config.cache"]  # the gallery's settings hold classes

# Pages of text: MyST. Cells are run in a folder of their own, and an error ends the build.
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_in_temp = True
nb_execution_timeout = 300
nb_merge_streams = True

# The reference: from docstrings, which the tests hold to NumPy's format.
autosummary_generate = True
autodoc_typehints = "none"  # types and shapes stand in the docstrings
numpydoc_show_class_members = False  # the template has them, with all they say
templates_path = ["_templates"]

# Commands: run when the page is made, shown with what they print.
programoutput_prompt_template = "$ {command}\n{output}"

# The gallery. Two examples need data sets that are not bundled; without them they are shown only.
HAS_DATA = bool(os.environ.get("DELTARULE_DATA"))
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$" if HAS_DATA else r"/(?!mnist|adult)[^/]*\.py$",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
    "within_subsection_order": "FileNameSortKey",
}

smartquotes = False  # two hyphens are an option, not a dash
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["deltarule.css"]
html_copy_source = html_show_sourcelink = False
html_theme_options = {"navigation_with_keys": True}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

# `make docs` follows links between pages; `make docs-links` those that lead elsewhere.
linkcheck_timeout = 20
linkcheck_retries = 2
