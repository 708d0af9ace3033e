// Philox4x64-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"), the bits of
// numpy.random.Philox. The layout of key and counter stands in deltarule/network/randomness.py.
#pragma once

#include <array>
#include <cstdint>

namespace deltarule {

using Words = std::array<std::uint64_t, 4>;

inline Words philox(Words counter, std::array<std::uint64_t, 2> key) {
    constexpr std::uint64_t multiplier_0 = 0xD2E7470EE14C6C93, multiplier_1 = 0xCA5A826395121157;
    constexpr std::uint64_t weyl_0 = 0x9E3779B97F4A7C15, weyl_1 = 0xBB67AE8584CAA73B;
    for (int round = 0; round < 10; ++round) {
        const auto product_0 = static_cast<unsigned __int128>(multiplier_0) * counter[0];
        const auto product_1 = static_cast<unsigned __int128>(multiplier_1) * counter[2];
        counter = {static_cast<std::uint64_t>(product_1 >> 64) ^ counter[1] ^ key[0],
                   static_cast<std::uint64_t>(product_1),
                   static_cast<std::uint64_t>(product_0 >> 64) ^ counter[3] ^ key[1],
                   static_cast<std::uint64_t>(product_0)};
        key[0] += weyl_0;
        key[1] += weyl_1;
    }
    return counter;
}

}  // namespace deltarule
