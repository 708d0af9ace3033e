"""One BLAS thread while an engine works, however many engines there are."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from deltarule.engines import ReferenceEngine, reference
from deltarule.engines.blas import single_threaded_blas


def blas_threads():
    """The numbers of threads that the loaded BLAS libraries may use."""
    return {lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"}


@pytest.fixture(autouse=True)
def two_threads_before():
    """So that a limit of one is a change, on a machine with one core too.

    threadpoolctl lets only one thread at a time change OpenBLAS's limit; leaving a ``with`` block
    of its own is what gives that right back.
    """
    before = threadpool_limits(2, "blas")
    with threadpool_limits(1, "blas"):
        pass
    if blas_threads() != {2}:
        pytest.skip("this BLAS cannot be told its number of threads")
    yield
    before.restore_original_limits()


def test_blas_has_one_thread_inside_and_what_it_had_outside():
    with single_threaded_blas():
        assert blas_threads() == {1}
    assert blas_threads() == {2}


def test_nested_users_leave_the_limit_to_the_outermost():
    with single_threaded_blas():
        with single_threaded_blas():
            assert blas_threads() == {1}
        assert blas_threads() == {1}
    assert blas_threads() == {2}


def test_an_exception_inside_restores_the_limit():
    with pytest.raises(ZeroDivisionError), single_threaded_blas():
        1 / 0  # noqa: B018
    assert blas_threads() == {2}


def test_any_thread_gets_the_limit_also_after_another_has_had_it():
    def inside():
        with single_threaded_blas():
            return blas_threads()

    assert inside() == {1}
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(inside).result() == {1}
    assert inside() == {1}
    assert blas_threads() == {2}


def test_the_last_of_concurrent_users_restores_the_limit():
    """The first in leaves first: the limit has to outlive it."""
    second_is_in, first_is_out = Event(), Event()

    def second():
        with single_threaded_blas():
            second_is_in.set()
            assert first_is_out.wait(10)
            return blas_threads()

    with ThreadPoolExecutor(1) as pool:
        with single_threaded_blas():
            seen = pool.submit(second)
            assert second_is_in.wait(10)
        first_is_out.set()
        assert seen.result() == {1}
    assert blas_threads() == {2}


def test_many_users_at_once_restore_the_limit():
    start = Barrier(4)

    def work(_):
        start.wait(10)
        for _ in range(50):
            with single_threaded_blas():
                pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert blas_threads() == {2}


class CoreSpy:
    """A native core that notes the BLAS's number of threads whenever it is set to work."""

    def __init__(self, core, seen):
        self.core, self.seen = core, seen

    def __getattr__(self, name):
        if name in ("run", "loss_and_gradient", "predict"):
            self.seen.append(blas_threads())
        return getattr(self.core, name)


@pytest.mark.parametrize("verb", ["run", "loss_and_gradient", "predict"])
def test_the_engine_computes_with_one_blas_thread(make_setting, monkeypatch, verb):
    """Looked up where the engine asks for its maths; the native one, where a BLAS does it."""
    setting = make_setting()
    seen = []
    for name in ("masks", "forward"):
        original = getattr(reference, name)

        def spy(*args, original=original):
            seen.append(blas_threads())
            return original(*args)

        monkeypatch.setattr(reference, name, spy)
    if setting.engine_class is not ReferenceEngine:
        make_core = setting.engine_class._core
        monkeypatch.setattr(
            setting.engine_class, "_core", lambda *args: CoreSpy(make_core(*args), seen)
        )
    options = {} if setting.engine_class is ReferenceEngine else {"isa": "baseline"}
    engine, parameters, rows = (
        setting.engine(**options),
        setting.parameters(),
        setting.steps(1).rows,
    )
    calls = {
        "run": lambda: engine.run(
            parameters, setting.moments(), setting.examples, setting.steps(2)
        ),
        "loss_and_gradient": lambda: engine.loss_and_gradient(
            parameters, setting.examples, rows, 0, parameters.copy()
        ),
        "predict": lambda: engine.predict(parameters, setting.examples.X),
    }
    calls[verb]()
    assert seen
    assert all(threads == {1} for threads in seen)
