// Coroutines on Asio. `co_await` stands in a statement of its own: g++ 12 miscompiles some of the cleverer places.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>

namespace quittance {

template <class T>
using Task = boost::asio::awaitable<T>;

// Deadlines and timeouts are steady time, never business time.
using SteadyTime = std::chrono::steady_clock::time_point;

}  // namespace quittance
