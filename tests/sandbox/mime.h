// Reads a received mail back: RFC 5322 headers with RFC 2047 words, MIME multiparts, quoted-printable and base64.
// Invariant: pure, and lenient where a mailbox is: what cannot be decoded stays as it came.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/http/client.h"

namespace quittance::sandbox {

struct ParsedMail {
  std::vector<http::Header> headers;  // unfolded and decoded, names as they came
  std::string text;
  std::string html;

  std::string Header(std::string_view name) const;  // "" if missing; any case
};

ParsedMail ParseMail(std::string_view bytes);

}  // namespace quittance::sandbox
