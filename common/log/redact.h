// Masks what must never be read in a log: card numbers, tokens, keys. The last net, not the first: nobody should log those at all.
// Invariant: works on any bytes; what it does not know it leaves alone, ids and trace ids above all.
#pragma once

#include <string>
#include <string_view>

namespace quittance::log {

// `text` with "[redacted]" in place of
//   card numbers (known prefix, length and Luhn; also with blanks or dashes, also inside a longer run of digits),
//   what follows `Bearer ` and `Basic `, JWTs, bot tokens of Telegram, whsec_ whsk_ sk_ rk_ keys, user and password in a URL.
std::string Redact(std::string_view text);

}  // namespace quittance::log
