// A stopwatch for profiles: where the time of a thread goes. Off, it costs a branch.
#pragma once

#include <array>
#include <chrono>

namespace deltarule {

// In the order of kPhaseNames in bindings.cpp.
enum class Phase { gather, products, elementwise, loss, update, barriers };
inline constexpr int kPhases = 6;

// On a cache line of its own, for each thread has one.
class alignas(64) Laps {
  public:
    void start(bool on) {
        on_ = on;
        if (on_) last_ = Clock::now();
    }

    // What has passed since the last lap, or the start, goes to `phase`.
    void lap(Phase phase) {
        if (!on_) return;
        const auto now = Clock::now();
        seconds_[static_cast<std::size_t>(phase)] += std::chrono::duration<double>(now - last_).count();
        last_ = now;
    }

    double seconds(int phase) const { return seconds_[static_cast<std::size_t>(phase)]; }

  private:
    using Clock = std::chrono::steady_clock;
    bool on_ = false;
    Clock::time_point last_;
    std::array<double, kPhases> seconds_{};
};

}  // namespace deltarule
