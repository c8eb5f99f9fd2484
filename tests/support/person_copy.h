// Reads a service's lists of a person from front to end, as auth does page by page.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "common/async/executor.h"
#include "common/person/service.h"

namespace quittance::test {

using PersonCopy = std::map<std::string, std::vector<nlohmann::json>>;

inline PersonCopy CopyOf(async::Executor& executor, const person::Lists& lists, TenantId tenant, UserId user) {
  PersonCopy copy;
  std::string token;
  do {
    const auto piece = async::RunSync(executor, person::ReadPiece(lists, person::AsPerson(tenant, user), token));
    EXPECT_TRUE(piece.ok());
    if (!piece.ok()) break;
    for (const std::string& json : piece->page.records) copy[piece->kind].push_back(nlohmann::json::parse(json));
    token = piece->page.next_page_token;
  } while (!token.empty());
  return copy;
}

}  // namespace quittance::test
