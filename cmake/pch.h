// Precompiled for every target: the standard library and Asio's awaitable, which most files reach through common/async/task.h.
// Nothing may lean on it: a build with QUITTANCE_PCH=OFF compiles too.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

#include <boost/asio/awaitable.hpp>
