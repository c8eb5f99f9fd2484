// Text as OpenSSL wants it: the same bytes, seen as unsigned.
#pragma once

#include <string>
#include <string_view>

namespace quittance::crypto {

inline const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
inline unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace quittance::crypto
