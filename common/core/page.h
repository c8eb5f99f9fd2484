// Pages of a list. Invariant: a page token is the last row's position, opaque and URL-safe; the end is an empty next token.
#pragma once

#include <cstdint>
#include <string>

#include "common/core/result.h"
#include "common/core/uuid.h"

namespace quittance {

struct PageRequest {
  int size;                   // 1 .. maximum
  std::optional<Uuid> after;  // ids are UUIDv7: their order is the order of creation
};

// page_size 0 is 50, negative is refused, more than `max` becomes `max`; a token that is not one of ours is refused.
Result<PageRequest> ParsePage(std::int32_t page_size, std::string_view page_token, int max = 200);

// Token after `last`; empty when `count` rows did not fill the page.
std::string NextPageToken(const PageRequest& page, std::size_t count, const Uuid& last);

}  // namespace quittance
