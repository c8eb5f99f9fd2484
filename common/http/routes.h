// Which route of the table a request target means. Invariant: a target is split before it is decoded, so an encoded slash stays in its
// segment; a broken escape or a control character matches nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/server.h"

namespace quittance::http {

struct RouteMatch {
  enum class Kind { kFound, kNoPath, kNoMethod, kMalformed };
  Kind kind = Kind::kNoPath;
  const Route* route = nullptr;
  std::string path;   // decoded
  std::string query;  // raw
  std::vector<std::string> parameters;
  std::string allow;  // of kNoMethod: what the path takes
};

class RouteTable {
 public:
  explicit RouteTable(std::vector<Route> routes);  // CHECKs that each path begins with a slash
  RouteMatch Find(std::string_view method, std::string_view target) const;

 private:
  struct Row {
    Route route;
    std::vector<std::string> segments;
  };
  std::vector<Row> rows_;
};

}  // namespace quittance::http
