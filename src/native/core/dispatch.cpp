#include <cstring>

#include "kernels.hpp"

namespace deltarule {

#define DECLARE(isa)                 \
    namespace isa {                  \
    template <class T>               \
    const Kernels<T>& kernels();     \
    }
DECLARE(baseline)
#ifdef DELTARULE_X86
DECLARE(x86_64_v3)
DECLARE(x86_64_v4)

namespace {
bool has_v3() {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi2");
}
bool has_v4() {
    return has_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
}  // namespace
#endif

template <class T>
const Kernels<T>* kernels_named(const char* name) {
    if (std::strcmp(name, "baseline") == 0) return &baseline::kernels<T>();
#ifdef DELTARULE_X86
    if (std::strcmp(name, "x86-64-v3") == 0 && has_v3()) return &x86_64_v3::kernels<T>();
    if (std::strcmp(name, "x86-64-v4") == 0 && has_v4()) return &x86_64_v4::kernels<T>();
#endif
    return nullptr;
}

template <class T>
const Kernels<T>& best_kernels() {
    for (const char* name : {"x86-64-v4", "x86-64-v3"})
        if (const auto* found = kernels_named<T>(name)) return *found;
    return baseline::kernels<T>();
}

template const Kernels<float>* kernels_named<float>(const char*);
template const Kernels<double>* kernels_named<double>(const char*);
template const Kernels<float>& best_kernels<float>();
template const Kernels<double>& best_kernels<double>();

}  // namespace deltarule
