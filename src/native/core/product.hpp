// The matrix product of the engine's three lines, C = A B, for the sizes that networks have.
//
// A BLAS packs both operands for matrices of any size and pays for it on small ones. Here A is a
// few hundred rows at the most, so only B is packed, a panel of columns at a time that stays in
// the core's own cache; a tile of C is held in registers while the panel passes by (Goto and van
// de Geijn 2008, "Anatomy of high-performance matrix multiplication", section 4).
//
// Sums run over the inner index in ascending order, in chunks of kDepth: the bits depend on the
// shapes and the instruction set alone. Included by kernels.cpp, once for each of those.

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64, kPanelVectors = 4;  // 24 of 32 registers hold the tile
#elif defined(__AVX__)
constexpr int kVectorBytes = 32, kPanelVectors = 2;  // 12 of 16
#else
constexpr int kVectorBytes = 16, kPanelVectors = 2;
#endif
static_assert(kVectorBytes * kPanelVectors <= kPanelBytes);

template <class T>
struct VectorOf {
    typedef T type __attribute__((vector_size(kVectorBytes)));
    static constexpr int lanes = kVectorBytes / sizeof(T);
};

// What the rows of C start from, `down` apart: C itself, one row for all (0 apart), or null for 0.
template <class T>
struct Start {
    const T* at;
    Size down;
};

// C (rows x n) = start + A B; A(i, p) lies at a[i * down + p * across], B in a panel.
template <class T, int rows, int vectors>
void tile(const T* __restrict a, Size down, Size across, const T* __restrict panel, Size depth,
          const Start<T>& start, T* c, Size ldc, Size n) {
    using V = typename VectorOf<T>::type;
    constexpr int lanes = VectorOf<T>::lanes;
    V sum[rows][vectors] = {};
    for (Size p = 0; p < depth; ++p, a += across, panel += vectors * lanes) {
        V b[vectors];
        for (int v = 0; v < vectors; ++v) std::memcpy(&b[v], panel + v * lanes, sizeof(V));
        for (int i = 0; i < rows; ++i)
            for (int v = 0; v < vectors; ++v) sum[i][v] += a[i * down] * b[v];
    }
    for (int i = 0; i < rows; ++i, c += ldc) {
        const T* first = start.at == nullptr ? nullptr : start.at + i * start.down;
        for (int v = 0; v < vectors; ++v) {
            V result = sum[i][v];
            if ((v + 1) * lanes <= n) {
                if (first != nullptr) {
                    V before;
                    std::memcpy(&before, first + v * lanes, sizeof(V));
                    result += before;
                }
                std::memcpy(c + v * lanes, &result, sizeof(V));
            } else {
                for (Size j = v * lanes; j < n; ++j)
                    c[j] = result[j - v * lanes] + (first != nullptr ? first[j] : T(0));
            }
        }
    }
}

template <class T>
using Tile = void (*)(const T*, Size, Size, const T*, Size, const Start<T>&, T*, Size, Size);

// By number of rows and of vectors, from 1.
template <class T, std::size_t... index>
constexpr std::array<Tile<T>, sizeof...(index)> make_tiles(std::index_sequence<index...>) {
    return {tile<T, index / kPanelVectors + 1, index % kPanelVectors + 1>...};
}
template <class T>
constexpr auto kTiles = make_tiles<T>(std::make_index_sequence<kTileRows * kPanelVectors>());

// B's columns [0, n) as a panel, depth x width, zeros from n on; B's rows lie side by side.
template <class T>
void pack_rows(const T* __restrict b, Size down, Size depth, Size n, Size width,
               T* __restrict panel) {
    constexpr Size lanes = VectorOf<T>::lanes;
    for (Size p = 0; p < depth; ++p, b += down, panel += width) {
        Size j = 0;
        for (; j + lanes <= n; j += lanes) std::memcpy(panel + j, b + j, kVectorBytes);
        for (; j < width; ++j) panel[j] = j < n ? b[j] : T(0);
    }
}

// A square of side x side elements, turned in registers: in round s, rows i and i + s exchange
// the halves of their blocks of 2 s.
template <class T>
struct Square {
    static constexpr int bytes = kVectorBytes < 32 ? kVectorBytes : 32, side = bytes / sizeof(T);
    typedef T V __attribute__((vector_size(bytes)));
    V row[side];

    template <int s, int... lane>
    static void exchange(V& a, V& b, std::integer_sequence<int, lane...>) {
        const V low = __builtin_shufflevector(a, b, (lane & s ? side + lane - s : lane)...);
        b = __builtin_shufflevector(a, b, (lane & s ? side + lane : lane + s)...);
        a = low;
    }
    template <int s = 1>
    void turn() {
        if constexpr (s < side) {
            for (int i = 0; i < side; ++i)
                if ((i & s) == 0)
                    exchange<s>(row[i], row[i + s], std::make_integer_sequence<int, side>());
            turn<2 * s>();
        }
    }
};

// The same; B's columns lie side by side.
template <class T>
void pack_columns(const T* __restrict b, Size across, Size depth, Size n, Size width,
                  T* __restrict panel) {
    constexpr Size side = Square<T>::side;
    const auto one = [&](Size j, Size p) { panel[p * width + j] = j < n ? b[j * across + p] : T(0); };
    for (Size j = 0; j < width; j += side) {
        Size p = 0;
        for (; j + side <= n && p + side <= depth; p += side) {
            Square<T> square;
            for (Size i = 0; i < side; ++i)
                std::memcpy(&square.row[i], b + (j + i) * across + p, sizeof square.row[i]);
            square.turn();
            for (Size i = 0; i < side; ++i)
                std::memcpy(panel + (p + i) * width + j, &square.row[i], sizeof square.row[i]);
        }
        for (; p < depth; ++p)
            for (Size i = 0; i < side; ++i) one(j + i, p);
    }
}

// A's rows in tiles, each depth x kTileRows: for an A whose rows lie side by side.
template <class T>
void pack_tiles(const T* __restrict a, Size across, Size depth, Size m, T* __restrict out) {
    Size i = 0;
    for (; i + kTileRows <= m; i += kTileRows)
        for (Size p = 0; p < depth; ++p, out += kTileRows)
            std::memcpy(out, a + p * across + i, kTileRows * sizeof(T));
    for (Size p = 0; i < m && p < depth; ++p, out += kTileRows)
        std::memcpy(out, a + p * across + i, static_cast<std::size_t>(m - i) * sizeof(T));
}

// A part of B, depth x columns, from which a panel is packed.
template <class T>
struct Part {
    const T* at;
    Size down, across, depth, columns;

    Part(const Matrix<T>& B, Size k, Size n, Size p, Size j)
        : at(B.at + p * B.down + j * B.across),
          down(B.down),
          across(B.across),
          depth(std::min(kDepth, k - p)),
          columns(std::min<Size>(kPanelVectors * VectorOf<T>::lanes, n - j)) {}

    void pack(Size width, T* panel) const {
        if (across == 1)
            pack_rows(at, down, depth, columns, width, panel);
        else
            pack_columns(at, across, depth, columns, width, panel);
    }

    // Asks for one of `shares` parts of it: W lies beyond this core's cache, and reading it in
    // short runs would wait for each of them.
    void prefetch(Size share, Size shares) const {
        const Size runs = across == 1 ? depth : columns, length = across == 1 ? columns : depth;
        const Size step = across == 1 ? down : across, line = 64 / Size(sizeof(T));
        for (Size run = runs * share / shares; run < runs * (share + 1) / shares; ++run)
            for (Size i = 0; i < length; i += line) __builtin_prefetch(at + run * step + i, 0, 2);
    }
};

// A panel of B: rows [p, p + depth), columns [j, j + columns), and zeros up to `width` of them.
struct Panel {
    Size p, j, depth, columns, width;
};

// Calls use(panel) for each panel of rows [p, p + kDepth) of B (k x n), in the order of product().
template <class T, class Use>
void each_panel(Size n, Size k, Size p, const Use& use) {
    constexpr Size lanes = VectorOf<T>::lanes, widest = kPanelVectors * lanes;
    for (Size j = 0; j < n; j += widest) {
        const Size columns = std::min(widest, n - j);
        use(Panel{p, j, std::min(kDepth, k - p), columns, (columns + lanes - 1) / lanes * lanes});
    }
}

// Panels that are packed as they are needed, each asking for the next one while A passes by.
template <class T>
class FreshPanels {
  public:
    FreshPanels(const Matrix<T>& B, Size n, Size k, T* room) : B_(B), n_(n), k_(k), room_(room) {}

    const T* begin(const Panel& panel) {
        Part<T>(B_, k_, n_, panel.p, panel.j).pack(panel.width, room_);
        const bool last = panel.j + panel.columns == n_, at_end = last && panel.p + kDepth >= k_;
        if (at_end)
            next_.reset();
        else
            next_.emplace(B_, k_, n_, last ? panel.p + kDepth : panel.p,
                          last ? 0 : panel.j + panel.columns);
        return room_;
    }
    void passes(Size share, Size shares) const {
        if (next_) next_->prefetch(share, shares);
    }

  private:
    const Matrix<T>& B_;
    const Size n_, k_;
    T* const room_;
    std::optional<Part<T>> next_;
};

// Panels that pack() has packed before, one after the other.
template <class T>
class KeptPanels {
  public:
    explicit KeptPanels(const T* packed) : at_(packed) {}

    const T* begin(const Panel& panel) {
        const T* packed = at_;
        at_ += panel.depth * panel.width;
        return packed;
    }
    void passes(Size, Size) const {}

  private:
    const T* at_;
};

template <class T, class Panels>
void multiply_by(Panels panels, const Matrix<T>& A, const T* bias, Size m, Size n, Size k, T* c,
                 T* tiles) {
    constexpr Size lanes = VectorOf<T>::lanes;
    const bool packs_A = A.across != 1 && m <= kMostPackedRows;
    for (Size p = 0; p == 0 || p < k; p += kDepth) {  // once where k is 0: C is then the bias
        const T* a = A.at + p * A.across;
        if (packs_A) pack_tiles(a, A.across, std::min(kDepth, k - p), m, tiles);
        each_panel<T>(n, k, p, [&](const Panel& panel) {
            const T* packed = panels.begin(panel);
            for (Size i = 0; i < m; i += kTileRows) {
                panels.passes(i / kTileRows, (m + kTileRows - 1) / kTileRows);
                const Size rows = std::min(kTileRows, m - i), j = panel.j, depth = panel.depth;
                const auto multiply = kTiles<T>[(rows - 1) * kPanelVectors + panel.width / lanes - 1];
                T* out = c + i * n + j;
                const Start<T> start = p > 0 ? Start<T>{out, n} : Start<T>{bias ? bias + j : bias, 0};
                if (packs_A)
                    multiply(tiles + i * depth, 1, kTileRows, packed, depth, start, out, n,
                             panel.columns);
                else
                    multiply(a + i * A.down, A.down, A.across, packed, depth, start, out, n,
                             panel.columns);
            }
        });
    }
}

template <class T>
void product(const Matrix<T>& A, const Matrix<T>& B, const T* bias, Size m, Size n, Size k, T* c,
             T* workspace) {
    multiply_by(FreshPanels<T>(B, n, k, workspace), A, bias, m, n, k, c, workspace + kPanel<T>);
}

// How many elements pack() writes.
template <class T>
Size packed_size(Size n, Size k) {
    constexpr Size lanes = VectorOf<T>::lanes;
    return (n + lanes - 1) / lanes * lanes * k;
}

// All panels of B, for product_by.
template <class T>
void pack(const Matrix<T>& B, Size n, Size k, T* out) {
    for (Size p = 0; p < k; p += kDepth)
        each_panel<T>(n, k, p, [&](const Panel& panel) {
            Part<T>(B, k, n, panel.p, panel.j).pack(panel.width, out);
            out += panel.depth * panel.width;
        });
}

// The same as product(), to the bit, by panels that are packed already; A.across is 1.
template <class T>
void product_by(const T* packed, const Matrix<T>& A, const T* bias, Size m, Size n, Size k, T* c) {
    T* no_tiles = nullptr;  // rows of A lie in one piece, and are read where they are
    multiply_by(KeptPanels<T>(packed), A, bias, m, n, k, c, no_tiles);
}
