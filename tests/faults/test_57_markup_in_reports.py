"""Fault 57: markup in names, labels and cells is shown in pages, and never obeyed."""

from html.parser import HTMLParser

import numpy as np
import pytest

from deltarule import TabularClassifier
from deltarule.insight import report, trace

N = 60
Y = np.arange(N) % 2
EVIL = {
    "script": "<script>alert(1)</script>",
    "end of everything": "</td></table></main></body></html><script>alert(1)</script>",
    "attribute": '"><img src=x onerror=alert(1)>',
    "style": "</style><script>alert(1)</script>",
    "template": "{{ 7 * 7 }}{% for x in range(9) %}x{% endfor %}",
    "entities": "&lt;script&gt;alert(1)&lt;/script&gt;",
    "comment": "<!-- --><script>alert(1)</script>",
    "link": "<a href='javascript:alert(1)'>x</a>",
    "LaTeX": r"\href{javascript:alert(1)}{x} $x$",
}


class Page(HTMLParser):
    def __init__(self, source):
        super().__init__()
        self.tags, self.attributes, self.words = set(), set(), []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.words.append(data)


def innocent():
    table = {"a": Y + np.linspace(0, 0.9, N), "b": np.array(["x", "y", "z"])[np.arange(N) % 3]}
    model = TabularClassifier(preset="quick", max_iter=2, random_state=0).fit(table, Y)
    return Page(report(model, table, Y))


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
def test_it_is_shown_as_it_is(text):
    table = {
        text: Y + np.linspace(0, 0.9, N),
        "b": np.array([text, "y", "z"])[np.arange(N) % 3],
    }
    labels = np.array([f"{text}0", f"{text}1"])[Y]
    model = TabularClassifier(preset="quick", max_iter=2, random_state=0).fit(table, labels)
    source = report(model, table, labels, source=text)
    page, usual = Page(source), innocent()
    assert page.tags == usual.tags
    assert page.attributes == usual.attributes
    shown = "".join(page.words)
    assert shown.count(text) >= 5, "as a column, a category, two labels and a source"


def test_a_trace_has_nothing_of_the_users_but_numbers():
    table = {"<b>a": Y + np.linspace(0, 0.9, N), "c": np.linspace(1, 2, N)}
    labels = np.array(["<i>0", "<i>1"])[Y]
    model = TabularClassifier(preset="quick", max_iter=2, random_state=0).fit(table, labels)
    page = Page(trace(model, {k: v[:3] for k, v in table.items()}, labels[:3]).to_html())
    assert not {"b", "i"} & page.tags
