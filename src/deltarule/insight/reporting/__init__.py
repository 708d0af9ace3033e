"""A report of a model on one page.

``report.py`` the page; ``material.py`` what it is about; ``sections.py`` what it says;
``charts.py`` its curves; ``pictures.py`` rows that are images.
"""

from deltarule.insight.reporting.material import Material
from deltarule.insight.reporting.report import report, report_on

__all__ = ["Material", "report", "report_on"]
