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

template <class T>
void product(const Matrix<T>& A, const Matrix<T>& B, const T* bias, Size m, Size n, Size k, T* c,
             T* workspace) {
    constexpr Size lanes = VectorOf<T>::lanes, widest = kPanelVectors * lanes;
    T* panel = workspace;
    T* tiles = workspace + kPanel<T>;
    const bool packs_A = A.across != 1 && m <= kMostPackedRows;
    for (Size p = 0; p == 0 || p < k; p += kDepth) {  // once where k is 0: C is then the bias
        const T* a = A.at + p * A.across;
        if (packs_A) pack_tiles(a, A.across, std::min(kDepth, k - p), m, tiles);
        for (Size j = 0; j < n; j += widest) {
            const Part<T> part(B, k, n, p, j);
            const Size vectors = (part.columns + lanes - 1) / lanes;
            part.pack(vectors * lanes, panel);
            const bool last = j + widest >= n, at_end = last && p + kDepth >= k;
            const Part<T> next = at_end ? part : Part<T>(B, k, n, last ? p + kDepth : p, last ? 0 : j + widest);
            for (Size i = 0; i < m; i += kTileRows) {
                if (!at_end) next.prefetch(i / kTileRows, (m + kTileRows - 1) / kTileRows);
                const Size rows = std::min(kTileRows, m - i);
                const Tile<T> multiply = kTiles<T>[(rows - 1) * kPanelVectors + vectors - 1];
                T* out = c + i * n + j;
                const Start<T> start = p > 0 ? Start<T>{out, n} : Start<T>{bias ? bias + j : bias, 0};
                if (packs_A)
                    multiply(tiles + i * part.depth, 1, kTileRows, panel, part.depth, start, out, n,
                             part.columns);
                else
                    multiply(a + i * A.down, A.down, A.across, panel, part.depth, start, out, n,
                             part.columns);
            }
        }
    }
}
