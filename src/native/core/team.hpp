// Threads that take blocks of work from a counter and meet at barriers. They are started for one
// call and joined at its end, so nothing lives on between calls.
#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "types.hpp"

namespace deltarule {

inline void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

// Spins, then offers its core to others, then sleeps: a step of a small network is shorter than a
// wake-up, and once one thread sleeps at every barrier, all do.
class Barrier {
  public:
    explicit Barrier(int parties) : parties_(parties) {}

    void wait() {
        const unsigned phase = phase_.load(std::memory_order_acquire);
        if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == parties_) {
            arrived_.store(0, std::memory_order_relaxed);
            phase_.store(phase + 1, std::memory_order_release);
            phase_.notify_all();
            return;
        }
        for (int spin = 0; spin < kSpins + kYields; ++spin) {
            if (phase_.load(std::memory_order_acquire) != phase) return;
            spin < kSpins ? relax() : std::this_thread::yield();
        }
        phase_.wait(phase, std::memory_order_acquire);
    }

  private:
    static constexpr int kSpins = 1000, kYields = 1000;  // some 10, some 500 microseconds
    const int parties_;
    std::atomic<int> arrived_{0};
    std::atomic<unsigned> phase_{0};
};

// One phase's blocks: each is taken by exactly one thread.
class Blocks {
  public:
    void reset() { next_.store(0, std::memory_order_relaxed); }
    Size take() { return next_.fetch_add(1, std::memory_order_relaxed); }

  private:
    std::atomic<Size> next_{0};
};

// Threads for so many multiplications: one, where starting others would take longer.
inline int useful_threads(Size multiplications, int threads) {
    constexpr Size kWorthAThread = 16'000'000;  // a fifth of a millisecond or so
    return multiplications < kWorthAThread ? 1 : std::max(1, threads);
}

// Runs work(thread) on `threads` threads, the caller's being number 0. Nobody starts before all are
// there: where the system gives no more threads, std::system_error is thrown and nothing has run.
template <class Work>
void run_team(int threads, const Work& work) {
    enum : int { waiting, go, abandoned };
    std::atomic<int> signal{waiting};
    std::vector<std::thread> others;
    others.reserve(static_cast<std::size_t>(threads - 1));
    const auto release = [&](int decision) {
        signal.store(decision, std::memory_order_release);
        signal.notify_all();
    };
    try {
        for (int t = 1; t < threads; ++t)
            others.emplace_back([&work, &signal, t] {
                signal.wait(waiting, std::memory_order_acquire);
                if (signal.load(std::memory_order_acquire) == go) work(t);
            });
    } catch (...) {
        release(abandoned);
        for (auto& thread : others) thread.join();
        throw;
    }
    release(go);
    work(0);
    for (auto& thread : others) thread.join();
}

// The same for work whose threads never wait for each other: what one of them throws is thrown, once
// all have ended.
template <class Work>
void run_apart(int threads, const Work& work) {
    if (threads == 1) return work(0);
    std::exception_ptr failure;
    std::mutex lock;
    run_team(threads, [&](int thread) {
        try {
            work(thread);
        } catch (...) {
            const std::lock_guard held(lock);
            if (!failure) failure = std::current_exception();
        }
    });
    if (failure) std::rethrow_exception(failure);
}

}  // namespace deltarule
