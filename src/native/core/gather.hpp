// One row of X, whatever its element type and strides, as T.
#pragma once

#include <bit>
#include <cstring>

#include "types.hpp"

namespace deltarule {

// IEEE half to float: shifted into place, the exponent's bias mended by a multiplication, which
// also gets subnormals right.
inline float half_to_float(std::uint16_t half) {
    const std::uint32_t magnitude = static_cast<std::uint32_t>(half & 0x7FFF) << 13;
    const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
    float value = std::bit_cast<float>(magnitude) * 0x1p112f;
    if ((half & 0x7C00) == 0x7C00) value = std::bit_cast<float>(magnitude | 0x7F800000u);
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) | sign);
}

template <class Source, class T>
inline void gather_elements(const char* from, Size stride, Size count, T* out) {
    for (Size j = 0; j < count; ++j, from += stride) {
        Source x;  // by memcpy: an element need not be aligned
        std::memcpy(&x, from, sizeof x);
        out[j] = static_cast<T>(x);
    }
}

template <class T>
inline void gather_row(const Examples& examples, Size row, T* out) {
    const char* from = examples.X + row * examples.row_stride;
    const Size stride = examples.column_stride, f = examples.f;
    switch (examples.element) {
        case Element::float32:
            if (stride == sizeof(float)) return gather_elements<float>(from, sizeof(float), f, out);
            return gather_elements<float>(from, stride, f, out);
        case Element::float64:
            if (stride == sizeof(double))
                return gather_elements<double>(from, sizeof(double), f, out);
            return gather_elements<double>(from, stride, f, out);
        case Element::uint8:
            if (stride == 1) return gather_elements<std::uint8_t>(from, 1, f, out);
            return gather_elements<std::uint8_t>(from, stride, f, out);
        case Element::float16:
            for (Size j = 0; j < f; ++j, from += stride) {
                std::uint16_t half;
                std::memcpy(&half, from, sizeof half);
                out[j] = static_cast<T>(half_to_float(half));
            }
    }
}

}  // namespace deltarule
