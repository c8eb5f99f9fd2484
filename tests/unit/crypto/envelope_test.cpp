// A ciphertext opens in its one place, whole, under its key, or not at all.
#include "common/crypto/envelope.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "common/crypto/hmac.h"
#include "common/crypto/random.h"

namespace quittance::crypto {
namespace {

const TenantId kTenant{Uuid{{1}}};
const TenantId kOther{Uuid{{2}}};

Keyring Ring(std::initializer_list<std::uint32_t> ids) {
  std::map<std::uint32_t, Secret> keys;
  for (const std::uint32_t id : ids) keys.emplace(id, Secret(std::string(32, static_cast<char>('a' + id))));
  return Keyring(std::move(keys));
}

Place Here() { return {kTenant, "settings", "value", "smtp.password"}; }

struct Sealed {
  Keyring ring = Ring({1});
  std::string key = NewDataKey(ring, "ten");
  std::string bytes = Seal(ring, key, "ten", Here(), "canary-plain");
};

// The plain text, or nullopt where it does not open.
std::optional<std::string> TryOpen(const Sealed& s, const std::string& bytes, const Place& place = Here(), std::string_view owner = "ten") {
  try {
    return Open(s.ring, s.key, owner, place, bytes);
  } catch (const Undecryptable&) {
    return std::nullopt;
  }
}

TEST(Envelope, OpensWhereItWasSealed) {
  const Sealed s;
  EXPECT_EQ(TryOpen(s, s.bytes), "canary-plain");
  EXPECT_EQ(s.bytes.find("canary"), std::string::npos);
  EXPECT_EQ(KeyIdOf(s.bytes), 1U);
  EXPECT_EQ(Open(s.ring, s.key, "ten", Here(), Seal(s.ring, s.key, "ten", Here(), std::string_view())), "");
}

TEST(Envelope, C05_TwoSealsOfOneTextDiffer) {
  const Sealed s;
  EXPECT_NE(s.bytes, Seal(s.ring, s.key, "ten", Here(), "canary-plain"));
  EXPECT_NE(NewDataKey(s.ring, "ten"), NewDataKey(s.ring, "ten"));
}

TEST(Envelope, C01_TruncatedTagsAreRefused) {
  const Sealed s;
  for (const std::size_t left : {1U, 4U, 12U, 15U}) EXPECT_FALSE(TryOpen(s, s.bytes.substr(0, s.bytes.size() - 16 + left))) << left;
}

TEST(Envelope, C02_AnyFlippedBitIsRefused) {
  const Sealed s;
  for (std::size_t at = 0; at < s.bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = s.bytes;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      EXPECT_FALSE(TryOpen(s, changed)) << "byte " << at << " bit " << bit;
    }
  }
}

TEST(Envelope, C02_AnyFlippedBitOfTheWrappedKeyIsRefused) {
  const Sealed s;
  for (std::size_t at = 0; at < s.key.size(); ++at) {
    Sealed changed = s;
    changed.key[at] = static_cast<char>(changed.key[at] ^ 1);
    EXPECT_FALSE(TryOpen(changed, s.bytes)) << at;
  }
}

TEST(Envelope, C03_AnotherTenantTableColumnRowOrOwnerDoesNotOpen) {
  const Sealed s;
  EXPECT_FALSE(TryOpen(s, s.bytes, {kOther, "settings", "value", "smtp.password"}));
  EXPECT_FALSE(TryOpen(s, s.bytes, {kTenant, "users", "value", "smtp.password"}));
  EXPECT_FALSE(TryOpen(s, s.bytes, {kTenant, "settings", "name", "smtp.password"}));
  EXPECT_FALSE(TryOpen(s, s.bytes, {kTenant, "settings", "value", "smtp.user"}));
  EXPECT_FALSE(TryOpen(s, s.bytes, {kTenant, "settingsvalue", "", "smtp.password"}));  // no letter may cross a border
  EXPECT_FALSE(TryOpen(s, s.bytes, Here(), "other"));
}

TEST(Envelope, C04_ShortCiphertextsAreRefused) {
  const Sealed s;
  for (std::size_t length = 0; length <= 33; ++length) EXPECT_FALSE(TryOpen(s, s.bytes.substr(0, length))) << length;
  for (std::size_t length = 0; length <= 28; ++length) EXPECT_FALSE(TryOpen(s, std::string(length, '\1'))) << length;
}

TEST(Envelope, C10_UnknownKeyIsToldApart) {
  const Sealed s;
  EXPECT_THROW(Open(Ring({2}), s.key, "ten", Here(), s.bytes), UnknownKey);
  EXPECT_THROW(OpenWhole(Ring({2}), "context", SealWhole(s.ring, "context", "x")), UnknownKey);
}

TEST(Envelope, C11_OtherVersionsAndKindsAreRefused) {
  const Sealed s;
  for (const int value : {0, 2, 3, 255}) {
    std::string version = s.bytes;
    version[0] = static_cast<char>(value);
    EXPECT_FALSE(TryOpen(s, version));
    std::string kind = s.bytes;
    kind[1] = static_cast<char>(value);
    EXPECT_FALSE(TryOpen(s, kind));
  }
  EXPECT_THROW(OpenWhole(s.ring, "context", s.bytes), Undecryptable);
  EXPECT_THROW(s.ring.Unwrap(s.bytes, "ten"), Undecryptable);
}

TEST(Envelope, C08_OldAndNewKeysOpenWhileTheKeyringTurns) {
  const Keyring old_ring = Ring({1});
  const Keyring both = Ring({1, 2});
  const std::string old_key = NewDataKey(old_ring, "ten");
  const std::string old_bytes = Seal(old_ring, old_key, "ten", Here(), "before");
  EXPECT_EQ(Open(both, old_key, "ten", Here(), old_bytes), "before");

  const std::string turned = both.Wrap(both.Unwrap(old_key, "ten"), "ten");  // the data key stays, its wrapping turns
  EXPECT_EQ(Open(Ring({2}), turned, "ten", Here(), old_bytes), "before");
  EXPECT_EQ(KeyIdOf(old_bytes), 1U);
  EXPECT_EQ(KeyIdOf(Seal(both, turned, "ten", Here(), "after")), 2U);
}

TEST(Envelope, WholeValuesCarryTheirKey) {
  const Keyring ring = Ring({3});
  const std::string sealed = SealWhole(ring, "UserSignedUp/usr_1", "token");
  EXPECT_EQ(OpenWhole(ring, "UserSignedUp/usr_1", sealed), "token");
  EXPECT_EQ(KeyIdOf(sealed), 3U);
  EXPECT_THROW(OpenWhole(ring, "UserSignedUp/usr_2", sealed), Undecryptable);
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 0x40);
    EXPECT_THROW(OpenWhole(ring, "UserSignedUp/usr_1", changed), Undecryptable) << at;
    EXPECT_THROW(OpenWhole(ring, "UserSignedUp/usr_1", sealed.substr(0, at)), Undecryptable) << at;
  }
}

TEST(BlindIndex, C15_EqualForEqualAndApartByPurposeAndKey) {
  const Keyring ring = Ring({1});
  EXPECT_EQ(BlindIndex(ring, "email", "a@example.com"), BlindIndex(Ring({1, 2}), "email", "a@example.com"));  // a newer key changes nothing
  EXPECT_NE(BlindIndex(ring, "email", "a@example.com"), BlindIndex(ring, "phone", "a@example.com"));
  EXPECT_NE(BlindIndex(ring, "email", "a@example.com"), BlindIndex(ring, "email", "b@example.com"));
  EXPECT_NE(BlindIndex(ring, "email", "a@example.com"), BlindIndex(Ring({2}), "email", "a@example.com"));
}

class KeyringFile : public testing::Test {
 protected:
  // What Load says of a file with this text; empty: it was taken.
  std::string Complaint(const std::string& text) {
    const auto path = std::filesystem::temp_directory_path() / ("keyring-" + RandomToken());
    std::ofstream(path) << text;
    std::string said;
    try {
      loaded.emplace(Keyring::Load(path));
    } catch (const std::runtime_error& error) {
      said = error.what();
    }
    std::filesystem::remove(path);
    return said;
  }
  std::optional<Keyring> loaded;
};

TEST_F(KeyringFile, D06_NamesTheLineAndNeverTheKey) {
  const std::string key = Base64(std::string(32, 'k'));
  const std::string short_key = Base64("canary-short");
  EXPECT_EQ(Complaint("# keys\n1 " + key + "\n\n2 " + key + "\r\n"), "");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->newest(), 2U);
  for (const std::string& line : {"1 " + short_key, "one " + key, "-1 " + key, "1" + key, "1 " + key + " ", "4294967296 " + key}) {
    const std::string said = Complaint("# keys\n" + line + "\n");
    EXPECT_NE(said.find("line 2"), std::string::npos) << line;
    EXPECT_EQ(said.find(short_key), std::string::npos);
    EXPECT_EQ(said.find(key), std::string::npos);
  }
  EXPECT_NE(Complaint("1 " + key + "\n1 " + key + "\n").find("twice"), std::string::npos);
  EXPECT_NE(Complaint("# nothing\n").find("no key"), std::string::npos);
  EXPECT_THROW(Keyring::Load("/nonexistent/keyring"), std::runtime_error);
}

}  // namespace
}  // namespace quittance::crypto
