// The engine as a Python class. Every size and index is checked here, with a named error, before
// the engine sees it; the interpreter's lock is released while it works.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <optional>
#include <string>

#include "core/engine.hpp"
#include "core/predict.hpp"
#include "core/predictor.hpp"
#include "core/room.hpp"

namespace nb = nanobind;

namespace deltarule {
namespace {

constexpr const char* kActivationNames[kActivations] = {
    "identity", "tanh", "logistic", "relu", "leaky_relu", "elu",
    "selu",     "gelu", "silu",     "mish", "softplus"};

constexpr const char* kLayerNames[kLayerKinds] = {"dense", "scale", "periodic", "embedding"};

constexpr const char* kPhaseNames[kPhases] = {"gather", "products", "element-wise",
                                              "loss",   "update",   "barriers"};

// SciPy's capsules are named after their C signature; see scipy.linalg.cython_blas.
constexpr const char* kGemmSignature = "void (char *, char *, int *, int *, int *, ";

template <class T>
Gemm<T> gemm_from_capsule(const nb::object& capsule) {
    const char* name = PyCapsule_GetName(capsule.ptr());
    if (name == nullptr || std::strncmp(name, kGemmSignature, std::strlen(kGemmSignature)) != 0)
        throw nb::type_error("The BLAS capsule has an unknown signature: this SciPy is not supported.");
    return reinterpret_cast<Gemm<T>>(PyCapsule_GetPointer(capsule.ptr(), name));
}

template <class T>
using Vector = nb::ndarray<T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Indices = nb::ndarray<const std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Indicators = nb::ndarray<const std::uint8_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Doubles = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Rows = nb::ndarray<nb::ro, nb::ndim<2>, nb::device::cpu>;

[[noreturn]] void refuse(const std::string& message) { throw nb::value_error(message.c_str()); }

void check_size(const char* what, std::size_t got, Size wanted) {
    if (static_cast<Size>(got) != wanted)
        refuse(std::string(what) + " has " + std::to_string(got) + " elements, not " +
               std::to_string(wanted) + ".");
}

// An array of a layer as Python hands it over: its offset, and the members of its Group.
using ArrayTuple = std::tuple<Size, double, bool, double>;
// A layer: its kind, n_in, n_out, activation, dropout, is_parametric, columns, sizes,
// n_frequencies, width and arrays.
using LayerTuple = std::tuple<std::string, Size, Size, std::string, double, bool, std::vector<Size>,
                              std::vector<Size>, Size, Size, std::vector<ArrayTuple>>;

LayerKind kind_named(const std::string& name) {
    for (int i = 0; i < kLayerKinds; ++i)
        if (name == kLayerNames[i]) return static_cast<LayerKind>(i);
    refuse("The native engine has no layer of kind " + name + ".");
}

Activation activation_named(const std::string& name) {
    for (int i = 0; i < kActivations; ++i)
        if (name == kActivationNames[i]) return static_cast<Activation>(i);
    refuse("The native engine has no activation " + name + ".");
}

// Elements that a unit has in each of its layer's arrays.
std::vector<Size> elements_a_unit(const Layer& layer) {
    switch (layer.kind) {
        case LayerKind::dense:
            if (layer.is_parametric) return {layer.n_in, 1, 1};
            return {layer.n_in, 1};
        case LayerKind::scale: return {1};
        case LayerKind::periodic: {
            const Size m = layer.n_frequencies, o = layer.width;
            return {m, m, o * m, o};
        }
        case LayerKind::embedding: return {layer.width};
    }
    return {};
}

// n_out as the other members of a layer give it.
Size outputs_of(const Layer& layer) {
    switch (layer.kind) {
        case LayerKind::dense: return layer.n_out;
        case LayerKind::scale: return layer.n_in;
        case LayerKind::periodic: return layer.n_in + layer.n_columns() * layer.width;
        case LayerKind::embedding: return layer.n_in + layer.n_columns() * (layer.width - 1);
    }
    return 0;
}

constexpr Size kMost = std::numeric_limits<int>::max();  // the BLAS counts in ints

bool is_count(Size n) { return n >= 1 && n <= kMost; }

void check_columns(const Layer& layer) {
    const auto& columns = layer.columns;
    const auto fault = std::adjacent_find(columns.begin(), columns.end(), std::greater_equal<>());
    if (columns.empty() || fault != columns.end() || columns.front() < 0 || columns.back() >= layer.n_in)
        refuse("A layer's columns must ascend within its inputs.");
    const bool is_embedding = layer.is(LayerKind::embedding);
    if (!is_count(layer.width) || !is_count(is_embedding ? 1 : layer.n_frequencies))
        refuse("A layer makes at least one number of each column.");
    if (is_embedding && (std::ssize(layer.sizes) != layer.n_columns() ||
                         !std::all_of(layer.sizes.begin(), layer.sizes.end(), is_count)))
        refuse("An Embedding has a table of at least one row for each column.");
}

Layer make_layer(const LayerTuple& t, Size theta_size) {
    const auto& [kind, n_in, n_out, name, dropout, is_parametric, columns, sizes, n_frequencies, width,
                 arrays] = t;
    Layer layer{kind_named(kind), n_in,  n_out,         activation_named(name), dropout, is_parametric,
                columns,          sizes, n_frequencies, width};
    const bool is_dense = layer.is(LayerKind::dense);
    if (!is_count(n_in) || !is_count(n_out) || (is_dense && n_in > kMost / n_out * 8))
        refuse("A layer of " + std::to_string(n_in) + " x " + std::to_string(n_out) +
               " is beyond the native engine.");
    if (!(dropout >= 0 && dropout < 1)) refuse("dropout must be in [0, 1).");
    if (!is_dense && (layer.activation != Activation::identity || dropout != 0 || is_parametric))
        refuse("Only a Dense layer bends or drops its outputs.");
    if (layer.is(LayerKind::periodic) || layer.is(LayerKind::embedding)) check_columns(layer);
    if (outputs_of(layer) != n_out) refuse("A layer has other outputs than its members make.");
    Size units = 0;
    for (const Size group : layer.groups_of_units()) units += group;
    const auto elements = elements_a_unit(layer);
    check_size("A layer's arrays", arrays.size(), std::ssize(elements));
    for (std::size_t i = 0; i < arrays.size(); ++i) {
        const auto& [at, rate_factor, decays, decay_factor] = arrays[i];
        layer.arrays.push_back({at, elements[i], {rate_factor, decays, decay_factor}});
        if (at < 0 || at > theta_size || units > (theta_size - at) / elements[i])
            refuse("A layer's arrays do not lie within theta.");
    }
    return layer;
}

Objective make_objective(const std::vector<LayerTuple>& layers, Size theta_size,
                         const std::string& loss, double alpha, double label_smoothing,
                         std::uint64_t seed) {
    if (layers.empty()) refuse("A network needs at least one layer.");
    Objective objective{{}, theta_size, loss == "softmax" ? LossKind::softmax : LossKind::sigmoid,
                        alpha, label_smoothing, seed};
    if (loss != "softmax" && loss != "sigmoid") refuse("The native engine has no loss " + loss + ".");
    for (const auto& layer : layers) {
        objective.layers.push_back(make_layer(layer, theta_size));
        const auto depth = objective.layers.size();
        if (depth > 1 && objective.layers[depth - 2].n_out != objective.layers[depth - 1].n_in)
            refuse("Layer " + std::to_string(depth) + " does not fit the one before.");
        if (depth > 1 && objective.layers.back().is(LayerKind::embedding))
            refuse("An Embedding must be layer 1.");
    }
    if (!objective.layers.back().is(LayerKind::dense)) refuse("The last layer must be Dense.");
    return objective;
}

Element element_of(const Rows& X) {
    if (X.dtype() == nb::dtype<float>()) return Element::float32;
    if (X.dtype() == nb::dtype<double>()) return Element::float64;
    if (X.dtype() == nb::dtype<std::uint8_t>()) return Element::uint8;
    const auto type = X.dtype();
    if (type.code == static_cast<std::uint8_t>(nb::dlpack::dtype_code::Float) && type.bits == 16)
        return Element::float16;
    throw nb::type_error("X must be float32, float64, float16 or uint8.");
}

Examples dense_examples(const Rows& X, Size n_features) {
    check_size("A row of X", X.shape(1), n_features);
    const Size bytes = static_cast<Size>(X.itemsize());
    return {static_cast<const char*>(X.data()), element_of(X), static_cast<Size>(X.shape(0)),
            n_features, X.stride(0) * bytes, X.stride(1) * bytes};
}

using Values = nb::ndarray<nb::ro, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

// A sparse X as (values, columns, indptr, number of features).
Examples sparse_examples(const nb::tuple& X, Size n_features) {
    const auto values = nb::cast<Values>(X[0]), columns = nb::cast<Values>(X[1]);
    const auto indptr = nb::cast<Indices>(X[2]);
    check_size("A row of X", nb::cast<std::size_t>(X[3]), n_features);
    if (indptr.size() < 1) refuse("indptr must have at least one element.");
    check_size("columns", columns.size(), static_cast<Size>(values.size()));
    const bool is_float = values.dtype() == nb::dtype<float>();
    if (!is_float && values.dtype() != nb::dtype<double>())
        throw nb::type_error("A sparse X must be float32 or float64.");
    Examples examples{static_cast<const char*>(values.data()),
                      is_float ? Element::float32 : Element::float64,
                      static_cast<Size>(indptr.size()) - 1, n_features, 0, 0};
    examples.indptr = indptr.data();
    if (columns.dtype() == nb::dtype<std::int32_t>())
        examples.columns_32 = static_cast<const std::int32_t*>(columns.data());
    else if (columns.dtype() == nb::dtype<std::int64_t>())
        examples.columns_64 = static_cast<const std::int64_t*>(columns.data());
    else
        throw nb::type_error("The column numbers of a sparse X must be int32 or int64.");
    const Size* p = indptr.data();
    if (p[0] < 0 || p[examples.n] > static_cast<Size>(values.size()) ||
        !std::is_sorted(p, p + examples.n + 1))
        refuse("indptr must ascend within the values of X.");
    return examples;
}

Examples make_examples(const nb::object& X, const Layer& first) {
    if (!nb::isinstance<nb::tuple>(X)) return dense_examples(nb::cast<Rows>(X), first.n_in);
    if (!first.is(LayerKind::dense)) refuse("Layer 1 reads dense rows, and X is sparse.");
    return sparse_examples(nb::cast<nb::tuple>(X), first.n_in);
}

void check_columns(const Examples& examples, Size row) {
    for (Size e = examples.indptr[row]; e < examples.indptr[row + 1]; ++e) {
        const Size column = examples.columns_32 != nullptr ? examples.columns_32[e]
                                                           : examples.columns_64[e];
        if (column < 0 || column >= examples.f)
            refuse("Row " + std::to_string(row) + " of X has an element in column " +
                   std::to_string(column) + " of " + std::to_string(examples.f) + ".");
    }
}

template <class T>
const Kernels<T>& kernels_for(const std::string& isa) {
    if (isa.empty()) return best_kernels<T>();
    const auto* found = kernels_named<T>(isa.c_str());
    if (found == nullptr) refuse("This processor or build has no kernels for " + isa + ".");
    return *found;
}

// An X whose rows may all be read.
Examples make_readable(const nb::object& X, const Layer& first) {
    const Examples examples = make_examples(X, first);
    for (Size i = 0; examples.is_sparse() && i < examples.n; ++i) check_columns(examples, i);
    return examples;
}

template <class T>
using Table = nb::ndarray<T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

template <class T>
class PredictorBinding {
  public:
    PredictorBinding(const std::vector<LayerTuple>& layers, Size theta_size, const std::string& loss,
                     const std::vector<nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>>& thetas,
                     double temperature, bool packs, const nb::object& gemm, const std::string& isa)
        : thetas_(thetas),
          predictor_(make_objective(layers, theta_size, loss, 0, 0, 0),
                     {gemm_from_capsule<T>(gemm), kernels_for<T>(isa)}, checked(thetas, theta_size),
                     static_cast<T>(temperature), packs) {}

    bool predict(const nb::object& X, Table<T> p, int threads) const {
        const Examples examples = make_readable(X, predictor_.objective().layers.front());
        check_room("probabilities", p, examples.n, predictor_.classes());
        nb::gil_scoped_release released;
        return predictor_.predict(examples, p.data(), threads);
    }

    bool score(const nb::object& X, Table<T> scores, int threads) const {
        const Examples examples = make_readable(X, predictor_.objective().layers.front());
        check_room("scores", scores, examples.n, predictor_.objective().layers.back().n_out);
        nb::gil_scoped_release released;
        return predictor_.score(examples, scores.data(), threads);
    }

    bool uses_blas() const { return predictor_.uses_blas(); }

  private:
    static void check_room(const char* what, const Table<T>& table, Size n, Size columns) {
        if (static_cast<Size>(table.shape(0)) != n || static_cast<Size>(table.shape(1)) != columns)
            refuse(std::string("An array (") + std::to_string(table.shape(0)) + ", " +
                   std::to_string(table.shape(1)) + ") has no room for the " + what + ", (" +
                   std::to_string(n) + ", " + std::to_string(columns) + ").");
    }

    template <class Thetas>
    static std::vector<const T*> checked(const Thetas& thetas, Size theta_size) {
        if (thetas.empty()) refuse("A prediction needs at least one network.");
        std::vector<const T*> found;
        for (const auto& theta : thetas) {
            check_size("theta", theta.size(), theta_size);
            found.push_back(theta.data());
        }
        return found;
    }

    const std::vector<nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>> thetas_;
    const Predictor<T> predictor_;
};

template <class T>
class Binding {
  public:
    Binding(const std::vector<LayerTuple>& layers, Size theta_size, const std::string& loss,
            double alpha, double label_smoothing, std::uint64_t seed, const std::string& rule,
            double momentum, bool nesterov, double beta_1, double beta_2, const nb::object& gemm,
            const std::string& isa, bool profiled)
        : objective_(make_objective(layers, theta_size, loss, alpha, label_smoothing, seed)),
          rule_(rule == "sgd" ? Rule::sgd : rule == "adam" ? Rule::adam : Rule::none),
          multiply_{gemm_from_capsule<T>(gemm), kernels_for<T>(isa)},
          engine_(objective_, {rule_, momentum, nesterov, beta_1, beta_2}, multiply_, profiled) {}

    nb::tuple run(Vector<T> theta, const std::vector<Vector<T>>& moments, const nb::object& X,
                  const nb::object& y, const std::optional<Doubles>& weights, const Indices& rows,
                  const Indices& bounds, Size first, const Doubles& scale, const Doubles& rate,
                  const Doubles& epsilon, const Doubles& decay,
                  const std::optional<Doubles>& dropout, Vector<double> losses,
                  const std::optional<Vector<double>>& measured, int threads) {
        const State<T> state = make_state(theta, moments);
        const Size count = static_cast<Size>(bounds.size()) - 1;
        if (count < 0) refuse("bounds must have at least one element.");
        check_bounds(bounds, rows.size());
        const Size* b = bounds.data();
        const Examples examples = make_labelled(X, y, weights, rows.data() + b[0], rows.data() + b[count]);
        check_size("scale", scale.size(), count);
        check_size("rate", rate.size(), count);
        check_size("epsilon", epsilon.size(), count);
        check_size("decay", decay.size(), count);
        check_size("losses", losses.size(), count);
        Steps steps{rows.data(), bounds.data(), count,        first,
                    scale.data(), rate.data(),  epsilon.data(), decay.data()};
        if (dropout) {
            check_size("dropout", dropout->size(), count);
            for (Size i = 0; i < count; ++i) check_share(dropout->data()[i]);
            steps.dropout = dropout->data();
        }
        static_assert(sizeof(Squares) == 3 * sizeof(double));
        if (measured) {
            check_size("measured", measured->size(), 3 * std::ssize(objective_.layers));
            steps.measured = reinterpret_cast<Squares*>(measured->data());
        }
        RunResult result;
        {
            nb::gil_scoped_release released;
            result = engine_.run(state, examples, steps, losses.data(), threads);
        }
        return nb::make_tuple(result.done, result.diverged ? nb::cast(result.loss) : nb::none());
    }

    double loss_and_gradient(const Vector<T>& theta, const nb::object& X, const nb::object& y,
                             const std::optional<Doubles>& weights, const Indices& rows,
                             const Indices& slices, Size step, double dropout, Vector<T> gradient,
                             int threads) {
        check_share(dropout);
        check_slices(slices, static_cast<Size>(rows.size()));
        check_size("theta", theta.size(), objective_.theta_size);
        check_size("gradient", gradient.size(), objective_.theta_size);
        const Examples examples =
            make_labelled(X, y, weights, rows.data(), rows.data() + rows.size());
        nb::gil_scoped_release released;
        return engine_.loss_and_gradient(theta.data(), examples, rows.data(),
                                         {slices.data(), static_cast<Size>(slices.size()) - 1}, step,
                                         dropout, gradient.data(), threads);
    }

    void update(Vector<T> theta, Vector<T> gradient, const std::vector<Vector<T>>& moments,
                double scale, double rate, double epsilon, double decay, int threads) {
        const State<T> state = make_state(theta, moments);
        check_size("gradient", gradient.size(), objective_.theta_size);
        nb::gil_scoped_release released;
        engine_.update(state, gradient.data(), scale, {rate, epsilon, decay}, threads);
    }

    void predict(const Vector<T>& theta, const nb::object& X, Table<T> scores, int threads) const {
        check_size("theta", theta.size(), objective_.theta_size);
        const Examples examples = make_readable(X, objective_.layers.front());
        check_size("scores", scores.size(), examples.n * objective_.layers.back().n_out);
        nb::gil_scoped_release released;
        deltarule::predict<T>(objective_, multiply_, theta.data(), examples, scores.data(), threads);
    }

    bool uses_blas() const { return multiply_.uses_blas(); }
    nb::dict phase_seconds() const {
        nb::dict seconds;
        for (int i = 0; i < kPhases; ++i)
            seconds[kPhaseNames[i]] = engine_.seconds(static_cast<Phase>(i));
        return seconds;
    }
    std::vector<Size> blocks_by_thread() const { return engine_.blocks_by_thread(); }

  private:
    State<T> make_state(Vector<T>& theta, const std::vector<Vector<T>>& moments) const {
        check_size("theta", theta.size(), objective_.theta_size);
        const std::size_t wanted = rule_ == Rule::adam ? 2 : rule_ == Rule::sgd ? 1 : 0;
        if (wanted == 0) throw nb::type_error("This engine was made without an optimiser: it can only predict.");
        check_size("moments", moments.size(), static_cast<Size>(wanted));
        for (const auto& moment : moments) check_size("A moment", moment.size(), objective_.theta_size);
        return {theta.data(), moments[0].data(), wanted == 2 ? moments[1].data() : nullptr};
    }

    // The examples, of which the rows [first, last) are checked: those that will be read.
    Examples make_labelled(const nb::object& X, const nb::object& y,
                           const std::optional<Doubles>& weights, const Size* first,
                           const Size* last) const {
        Examples examples = make_examples(X, objective_.layers.front());
        const Size l = objective_.layers.back().n_out;
        for (const Size* row = first; row < last; ++row) {
            if (*row < 0 || *row >= examples.n)
                refuse("Row " + std::to_string(*row) + " is not one of the " +
                       std::to_string(examples.n) + " rows of X.");
            if (examples.is_sparse()) check_columns(examples, *row);
        }
        if (weights) {
            check_size("weights", weights->size(), examples.n);
            examples.weights = weights->data();
        }
        if (objective_.loss == LossKind::softmax) {
            const auto labels = nb::cast<Indices>(y);
            check_size("y", labels.size(), examples.n);
            examples.labels = labels.data();
            for (const Size* row = first; row < last; ++row) {
                const Size label = labels.data()[*row];
                if (label < 0 || label >= l)
                    refuse("Class index " + std::to_string(label) + " is not in 0.." +
                           std::to_string(l - 1) + ".");
            }
        } else {
            const auto targets = nb::cast<Indicators>(y);
            check_size("y", targets.size(), examples.n * l);
            examples.indicators = targets.data();
        }
        return examples;
    }

    static void check_share(double dropout) {
        if (!(dropout >= 0 && dropout <= 1))
            refuse("A step's factor on the dropout must be in [0, 1], got " +
                   std::to_string(dropout) + ".");
    }

    static void check_slices(const Indices& slices, Size n_rows) {
        const Size *b = slices.data(), count = static_cast<Size>(slices.size()) - 1;
        if (count < 1 || !std::has_single_bit(static_cast<std::size_t>(count)))
            refuse("A batch is cut into a power of two of slices.");
        if (b[0] < 0 || b[count] - b[0] != n_rows || !std::is_sorted(b, b + count + 1))
            refuse("The bounds of slices must ascend, over all rows.");
        if (count > 1 && n_rows > Engine<T>::kChunk)
            refuse("Several slices must fit into " + std::to_string(Engine<T>::kChunk) + " rows.");
    }

    static void check_bounds(const Indices& bounds, std::size_t n_rows) {
        const Size* b = bounds.data();
        const std::size_t count = bounds.size();
        if (b[0] < 0 || b[count - 1] > static_cast<Size>(n_rows) || !std::is_sorted(b, b + count))
            refuse("bounds must ascend within the rows.");
    }

    Objective objective_;
    Rule rule_;
    Multiply<T> multiply_;
    Engine<T> engine_;
};

template <class T>
void bind(nb::module_& module, const char* name) {
    using B = Binding<T>;
    nb::class_<B>(module, name)
        .def(nb::init<const std::vector<LayerTuple>&, Size, const std::string&, double, double,
                      std::uint64_t, const std::string&, double, bool, double, double,
                      const nb::object&, const std::string&, bool>(),
             nb::kw_only(), nb::arg("layers"), nb::arg("theta_size"), nb::arg("loss"),
             nb::arg("alpha"), nb::arg("label_smoothing"), nb::arg("seed"), nb::arg("rule"),
             nb::arg("momentum"), nb::arg("nesterov"), nb::arg("beta_1"), nb::arg("beta_2"),
             nb::arg("gemm"), nb::arg("isa"), nb::arg("profiled"))
        .def("run", &B::run, nb::arg("theta"), nb::arg("moments"), nb::arg("X"), nb::arg("y"),
             nb::arg("weights").none(), nb::arg("rows"), nb::arg("bounds"), nb::arg("first"),
             nb::arg("scale"), nb::arg("rate"), nb::arg("epsilon"), nb::arg("decay"),
             nb::arg("dropout").none(), nb::arg("losses"), nb::arg("measured").none(), nb::arg("threads"))
        .def("loss_and_gradient", &B::loss_and_gradient, nb::arg("theta"), nb::arg("X"),
             nb::arg("y"), nb::arg("weights").none(), nb::arg("rows"), nb::arg("slices"),
             nb::arg("step"), nb::arg("dropout"), nb::arg("gradient"), nb::arg("threads"))
        .def("update", &B::update, nb::arg("theta"), nb::arg("gradient"), nb::arg("moments"),
             nb::arg("scale"), nb::arg("rate"), nb::arg("epsilon"), nb::arg("decay"),
             nb::arg("threads"))
        .def("predict", &B::predict, nb::arg("theta"), nb::arg("X"), nb::arg("scores"),
             nb::arg("threads"))
        .def_prop_ro("phase_seconds", &B::phase_seconds)
        .def_prop_ro("uses_blas", &B::uses_blas)
        .def_prop_ro("blocks_by_thread", &B::blocks_by_thread);
}

template <class T>
void bind_predictor(nb::module_& module, const char* name) {
    using B = PredictorBinding<T>;
    using Thetas = std::vector<nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>>;
    nb::class_<B>(module, name)
        .def(nb::init<const std::vector<LayerTuple>&, Size, const std::string&, const Thetas&, double,
                      bool, const nb::object&, const std::string&>(),
             nb::kw_only(), nb::arg("layers"), nb::arg("theta_size"), nb::arg("loss"),
             nb::arg("thetas"), nb::arg("temperature"), nb::arg("packs"), nb::arg("gemm"),
             nb::arg("isa"))
        .def("predict", &B::predict, nb::arg("X"), nb::arg("probabilities").noconvert(),
             nb::arg("threads"))
        .def("score", &B::score, nb::arg("X"), nb::arg("scores").noconvert(), nb::arg("threads"))
        .def_prop_ro("uses_blas", &B::uses_blas);
}

}  // namespace
}  // namespace deltarule

NB_MODULE(_native, module) {
    deltarule::bind<float>(module, "Engine32");
    deltarule::bind<double>(module, "Engine64");
    deltarule::bind_predictor<float>(module, "Predictor32");
    deltarule::bind_predictor<double>(module, "Predictor64");
    module.def("instruction_set", [] { return deltarule::best_kernels<float>().name; });
    module.attr("BLOCK") = deltarule::kBlock;
    module.attr("CHUNK") = deltarule::Engine<float>::kChunk;
}
