// Coroutines on Asio. `co_await` stands in a statement of its own: g++ 12 miscompiles some of the cleverer places. Above all it destroys
// twice what is made inside a co_await expression as a braced aggregate, or as a closure that captures by value something with a
// destructor: capture by reference (the frame outlives the call), or give the thing a name first.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>

namespace quittance {

template <class T>
using Task = boost::asio::awaitable<T>;

// Deadlines and timeouts are steady time, never business time.
using SteadyTime = std::chrono::steady_clock::time_point;

}  // namespace quittance
