// The three layouts of a ciphertext. Every header byte and the place go into the AAD, each part with its length before it.
//   wrapped  = version, kind, key id (4), nonce (12), data key (32), tag (16)
//   sealed   = version, kind, key id (4), nonce (12), ciphertext, tag (16)
//   whole    = version, kind, key id (4), wrapped data key (66), nonce (12), ciphertext, tag (16)
#include "common/crypto/envelope.h"

#include "common/core/check.h"
#include "common/crypto/aes_gcm.h"
#include "common/crypto/bytes.h"
#include "common/crypto/hmac.h"
#include "common/crypto/random.h"

namespace quittance::crypto {
namespace {

constexpr std::size_t kHeaderBytes = 6;
constexpr std::size_t kWrappedBytes = kHeaderBytes + kAesNonceBytes + kAesKeyBytes + kAesTagBytes;
constexpr char kVersion = 1;

// One number per layout: bytes of one are never read as another, whatever key they are under.
enum class Kind : char { kSealed = 1, kWhole = 2, kWrapped = 3 };

std::string BigEndian(std::uint32_t number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16), static_cast<char>(number >> 8), static_cast<char>(number)};
}

void AppendPart(std::string& aad, std::string_view part) {
  aad += BigEndian(static_cast<std::uint32_t>(part.size()));
  aad += part;
}

std::string Header(Kind kind, std::uint32_t key_id) { return std::string{kVersion, static_cast<char>(kind)} + BigEndian(key_id); }

std::string PlaceAad(std::string_view header, std::string_view owner, const Place& place) {
  std::string aad(header);
  AppendPart(aad, owner);
  AppendPart(aad, place.tenant.uuid.Hex());
  AppendPart(aad, place.table);
  AppendPart(aad, place.column);
  AppendPart(aad, place.row);
  return aad;
}

std::string ContextAad(std::string_view header, std::string_view context) {
  std::string aad(header);
  AppendPart(aad, context);
  return aad;
}

std::uint32_t ReadHeader(std::string_view bytes, Kind kind) {
  if (bytes.size() < kHeaderBytes || bytes[0] != kVersion || bytes[1] != static_cast<char>(kind)) {
    throw Undecryptable("a ciphertext has an unknown version or kind");
  }
  std::uint32_t id = 0;
  for (std::size_t i = 2; i < kHeaderBytes; ++i) id = id << 8 | Bytes(bytes)[i];
  return id;
}

}  // namespace

Keyring::Keyring(std::map<std::uint32_t, Secret> keys) : keys_(std::move(keys)) {
  CHECK(!keys_.empty());
  for (const auto& [id, key] : keys_) CHECK(key.Reveal().size() == kAesKeyBytes);
}

std::uint32_t Keyring::newest() const { return keys_.rbegin()->first; }

const Secret& Keyring::Get(std::uint32_t id) const {
  const auto found = keys_.find(id);
  if (found == keys_.end()) throw UnknownKey("no key " + std::to_string(id) + " in the keyring");
  return found->second;
}

std::string Keyring::Wrap(std::string_view data_key, std::string_view aad) const {
  CHECK(data_key.size() == kAesKeyBytes);
  const std::string header = Header(Kind::kWrapped, newest());
  return header + AesGcmSeal(Get(newest()).Reveal(), ContextAad(header, aad), data_key);
}

std::string Keyring::Unwrap(std::string_view wrapped, std::string_view aad) const {
  if (wrapped.size() != kWrappedBytes) throw Undecryptable("a wrapped key has an impossible length");
  const std::uint32_t id = ReadHeader(wrapped, Kind::kWrapped);
  return AesGcmOpen(Get(id).Reveal(), ContextAad(wrapped.substr(0, kHeaderBytes), aad), wrapped.substr(kHeaderBytes));
}

std::string NewDataKey(const Keyring& keyring, std::string_view owner) {
  const Secret key(RandomBytes(kAesKeyBytes));
  return keyring.Wrap(key.Reveal(), owner);
}

std::string Seal(const Keyring& keyring, std::string_view wrapped_key, std::string_view owner, const Place& place, std::string_view plain) {
  const Secret key(keyring.Unwrap(wrapped_key, owner));
  const std::string header = Header(Kind::kSealed, ReadHeader(wrapped_key, Kind::kWrapped));
  return header + AesGcmSeal(key.Reveal(), PlaceAad(header, owner, place), plain);
}

// The key id in `sealed` tells which keyring key the data key was under when it was sealed; a data key that was wrapped again since still
// opens.
std::string Open(const Keyring& keyring, std::string_view wrapped_key, std::string_view owner, const Place& place,
                 std::string_view sealed) {
  ReadHeader(sealed, Kind::kSealed);
  const Secret key(keyring.Unwrap(wrapped_key, owner));
  return AesGcmOpen(key.Reveal(), PlaceAad(sealed.substr(0, kHeaderBytes), owner, place), sealed.substr(kHeaderBytes));
}

std::uint32_t KeyIdOf(std::string_view sealed) {
  const bool whole = sealed.size() > 1 && sealed[1] == static_cast<char>(Kind::kWhole);
  return ReadHeader(sealed, whole ? Kind::kWhole : Kind::kSealed);
}

std::string SealWhole(const Keyring& keyring, std::string_view context, std::string_view plain) {
  const Secret key(RandomBytes(kAesKeyBytes));
  const std::string prefix = Header(Kind::kWhole, keyring.newest()) + keyring.Wrap(key.Reveal(), context);
  return prefix + AesGcmSeal(key.Reveal(), ContextAad(prefix, context), plain);
}

std::string OpenWhole(const Keyring& keyring, std::string_view context, std::string_view sealed) {
  ReadHeader(sealed, Kind::kWhole);
  constexpr std::size_t kPrefixBytes = kHeaderBytes + kWrappedBytes;
  if (sealed.size() < kPrefixBytes) throw Undecryptable("a ciphertext has an impossible length");
  const Secret key(keyring.Unwrap(sealed.substr(kHeaderBytes, kWrappedBytes), context));
  return AesGcmOpen(key.Reveal(), ContextAad(sealed.substr(0, kPrefixBytes), context), sealed.substr(kPrefixBytes));
}

std::string BlindIndex(const Keyring& keyring, std::string_view purpose, std::string_view normalized) {
  const Digest derived = HmacSha256(keyring.oldest().Reveal(), "quittance blind index/" + std::string(purpose));
  return std::string(AsView(HmacSha256(AsView(derived), normalized)));
}

}  // namespace quittance::crypto
