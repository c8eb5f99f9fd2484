// Rules of addresses. Strict on purpose: a quoted local part or a control character is a header injection that waits.
#include "services/auth/domain/contact.h"

#include <algorithm>

#include "common/core/text.h"

namespace quittance::auth {
namespace {

constexpr std::size_t kLocalBytesMax = 64;
constexpr std::size_t kDomainBytesMax = 253;
constexpr std::size_t kLabelBytesMax = 63;
constexpr std::size_t kPhoneDigitsMin = 7;
constexpr std::size_t kPhoneDigitsMax = 15;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

// atext of RFC 5322 and single dots inside.
bool IsLocalPart(std::string_view local) {
  if (local.empty() || local.size() > kLocalBytesMax || local.front() == '.' || local.back() == '.') return false;
  if (local.find("..") != std::string_view::npos) return false;
  return std::all_of(local.begin(), local.end(), [](char c) {
    return IsLetter(c) || IsDigit(c) || std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
  });
}

bool IsLabel(std::string_view label) {
  return !label.empty() && label.size() <= kLabelBytesMax && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) { return IsLetter(c) || IsDigit(c) || c == '-'; });
}

bool IsDomain(std::string_view domain) {
  if (domain.size() > kDomainBytesMax || domain.find('.') == std::string_view::npos) return false;
  while (true) {
    const std::size_t dot = domain.find('.');
    if (!IsLabel(domain.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    domain.remove_prefix(dot + 1);
  }
}

}  // namespace

Result<std::string> ParseEmail(std::string_view text, std::string_view field) {
  const std::string_view email = Trimmed(text);
  const std::size_t at = email.rfind('@');
  if (email.size() > kEmailBytesMax || at == std::string_view::npos || !IsLocalPart(email.substr(0, at)) ||
      !IsDomain(email.substr(at + 1))) {
    return InvalidField(std::string(field), "must be an e-mail address of at most 254 characters");
  }
  return std::string(email);
}

std::string NormalizedEmail(std::string_view email) {
  std::string lower(Trimmed(email));
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

Result<std::string> ParsePhone(std::string_view text, std::string_view field) {
  const bool shaped = text.size() >= kPhoneDigitsMin + 1 && text.size() <= kPhoneDigitsMax + 1 && text[0] == '+' && text[1] != '0' &&
                      std::all_of(text.begin() + 1, text.end(), IsDigit);
  if (!shaped) return InvalidField(std::string(field), "must be E.164: a plus sign and 7 to 15 digits");
  return std::string(text);
}

Result<std::string> ParseExternalId(std::string_view text, std::string_view field) {
  const Result<void> checked = CheckText(text, field, 1, kExternalIdCharactersMax);
  if (!checked) return checked.error();
  return std::string(text);
}

}  // namespace quittance::auth
