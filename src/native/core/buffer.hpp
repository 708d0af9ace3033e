// Memory whose first element lies at a cache line; contents are lost when it grows.
#pragma once

#include <memory>

#include "types.hpp"

namespace deltarule {

template <class T>
class Buffer {
  public:
    Buffer() = default;
    explicit Buffer(Size count) { reserve(count); }

    void reserve(Size count) {
        if (count <= capacity_) return;
        constexpr std::size_t line = 64;
        raw_ = std::make_unique_for_overwrite<char[]>(static_cast<std::size_t>(count) * sizeof(T) + line);
        const auto address = reinterpret_cast<std::uintptr_t>(raw_.get());
        data_ = reinterpret_cast<T*>(raw_.get() + (line - address % line) % line);
        capacity_ = count;
    }
    T* data() { return data_; }
    const T* data() const { return data_; }

  private:
    std::unique_ptr<char[]> raw_;
    T* data_ = nullptr;
    Size capacity_ = 0;
};

}  // namespace deltarule
