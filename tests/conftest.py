"""How the tests run: the same examples each time, unless asked to explore."""

from hypothesis import settings

# `make test` gives one verdict for one commit; `make test-slow` looks for new examples.
settings.register_profile("repeat", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=2000, deadline=None)
settings.load_profile("repeat")
