// The Periodic layer's arithmetic; see deltarule/network/layers/periodic.py. Included by kernels.cpp.
//
// Angles are counted in turns, w x + c / 2 pi, so that reducing them loses nothing. A row's angles
// lie column by column, (q, m), and so do their cosines and sines.

template <class T>
inline T dot(const T* __restrict a, const T* __restrict b, Size count) {
    return fixed_sum<T>(count, [=](Size i) { return a[i] * b[i]; });
}

template <class T>
void waves(const Waves<T>& p, const T* __restrict x, Size down, Size rows, T* __restrict cosines,
           T* __restrict sines, T* __restrict P, Size P_down) {
    const Size q = p.q, m = p.m, o = p.o;
    for (Size r = 0; r < rows; ++r, x += down, cosines += q * m, sines += q * m, P += P_down) {
        for (Size j = 0; j < q; ++j) {
            const T x_j = x[p.columns[j]];
            for (Size i = j * m; i < (j + 1) * m; ++i)
                cosines[i] = p.w[i] * x_j + p.c[i] * T(0.15915494309189535);
        }
        for (Size i = 0; i < q * m; ++i) {
            const Wave<T> wave = wave_of_turns(cosines[i]);
            cosines[i] = wave.cos;
            sines[i] = wave.sin;
        }
        for (Size j = 0; j < q * o; ++j) P[j] = p.d[j] + dot(p.V + j * m, cosines + j / o * m, m);
    }
}

constexpr Size kStrip = 16;  // frequencies whose sums are held at once

template <class T>
void waves_back(const Waves<T>& p, const T* __restrict g, Size P_down, Size rows,
                T* __restrict sines, T* __restrict g_x, Size down) {
    const Size q = p.q, m = p.m, o = p.o;
    for (Size r = 0; r < rows; ++r, g += P_down)
        for (Size j = 0; j < q; ++j, sines += m) {
            for (Size first = 0; first < m; first += kStrip) {
                const Size width = std::min(kStrip, m - first);
                T sum[kStrip] = {};
                for (Size k = j * o; k < (j + 1) * o; ++k)
                    for (Size i = 0; i < width; ++i) sum[i] += p.V[k * m + first + i] * g[k];
                for (Size i = 0; i < width; ++i) sines[first + i] *= -sum[i];
            }
            if (g_x != nullptr)
                g_x[r * down + p.columns[j]] += T(6.283185307179586) * dot(p.w + j * m, sines, m);
        }
}

template <class T>
void waves_gradient(const Waves<T>& p, const T* __restrict x, Size down, const T* __restrict g,
                    Size P_down, const T* __restrict cosines, const T* __restrict g_u, Size rows,
                    Size first, Size last, T* __restrict out) {
    const Size q = p.q, m = p.m, o = p.o, n = last - first;
    std::fill(out, out + n * (2 * m + o * m + o), T(0));
    T* w = out;
    T* c = w + n * m;
    T* V = c + n * m;
    T* d = V + n * o * m;
    for (Size j = first; j < last; ++j, w += m, c += m, V += o * m, d += o) {
        for (Size r = 0; r < rows; ++r) {
            const T x_j = x[r * down + p.columns[j]];
            const T* cosine = cosines + (r * q + j) * m;
            const T* g_u_j = g_u + (r * q + j) * m;
            for (Size i = 0; i < m; ++i) {
                w[i] += g_u_j[i] * x_j;
                c[i] += g_u_j[i];
            }
            for (Size k = 0; k < o; ++k) {
                const T g_k = g[r * P_down + j * o + k];
                for (Size i = 0; i < m; ++i) V[k * m + i] += g_k * cosine[i];
                d[k] += g_k;
            }
        }
        for (Size i = 0; i < m; ++i) w[i] *= T(6.283185307179586);
    }
}
