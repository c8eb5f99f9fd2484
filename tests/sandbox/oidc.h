// An OpenID issuer at http://<sandbox>/oidc: metadata, key set, and a control route that signs whatever id token a test asks for.
// Invariant: the set holds the keys of now; a rotation replaces them, and the key `unknown` never stands in it.
#pragma once

#include <map>
#include <memory>

#include "tests/sandbox/state.h"

namespace quittance::sandbox {

class Oidc {
 public:
  explicit Oidc(State& state);
  ~Oidc();

  std::vector<http::Route> Routes();

 private:
  struct Key;
  http::ServerResponse Metadata() const;
  http::ServerResponse Jwks() const;
  http::ServerResponse Issue(const Json& command);
  void MakeKeys();

  State& state_;
  int generation_ = 0;
  std::map<std::string, std::unique_ptr<Key>> keys_;  // RS256, ES256, unknown
};

}  // namespace quittance::sandbox
