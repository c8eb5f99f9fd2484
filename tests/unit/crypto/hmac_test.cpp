// Published vectors: RFC 4231, and the ones each PSP's signature stands or falls with.
#include "common/crypto/hmac.h"

#include <gtest/gtest.h>

#include <thread>

namespace quittance::crypto {
namespace {

std::string Mac(std::string_view key, std::string_view data) { return Hex(HmacSha256(key, data)); }
std::string Key(std::string_view hex) { return *UnHex(hex); }

TEST(Sha256, KnownAnswers) {
  EXPECT_EQ(Hex(Sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Hex(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hmac, Rfc4231) {
  EXPECT_EQ(Mac(std::string(20, '\x0b'), "Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(Mac("Jefe", "what do ya want for nothing?"), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(Mac(std::string(20, '\xaa'), std::string(50, '\xdd')), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(Mac(Key("0102030405060708090a0b0c0d0e0f10111213141516171819"), std::string(50, '\xcd')),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  EXPECT_EQ(Mac(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hmac, Rfc7515Hs256) {
  // Appendix A.1, the token of RFC 7519 section 3.1.
  const std::string key = *UnBase64Url("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
  const Digest mac = HmacSha256(key,
                                "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
                                "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ");
  EXPECT_EQ(Base64Url(AsView(mac)), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
}

TEST(Hmac, PartsAreTakenOneAfterTheOther) {
  EXPECT_EQ(HmacSha256("Jefe", {"what do ya ", "", "want for nothing?"}), HmacSha256("Jefe", "what do ya want for nothing?"));
  EXPECT_EQ(HmacSha256("Jefe", std::initializer_list<std::string_view>{}), HmacSha256("Jefe", ""));
}

// The thread keeps its context from one MAC to the next: nothing of the key before may show.
TEST(Hmac, OneKeyAfterTheOther) {
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(Mac("Jefe", "what do ya want for nothing?"), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(Mac("", ""), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    EXPECT_EQ(Mac(std::string(20, '\x0b'), "Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  }
}

TEST(Hmac, TheSameKeyAgainBeginsAnew) {
  for (const char* key : {"one", "one", "other", "", "", "one", "on", "one"}) {
    const std::string mac = Mac(key, "text");
    std::thread([&] { EXPECT_EQ(Mac(key, "text"), mac) << key; }).join();  // a thread that knows no key yet
  }
}

TEST(Hmac, EmptyKeyIsAKey) { EXPECT_EQ(Mac("", ""), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"); }

TEST(Hmac, StripeSignsTimestampAndBodyUnderTheWholeSecret) {
  EXPECT_EQ(Mac("whsec_test_secret", R"(1700000000.{"id":"evt_test_1","type":"payment_intent.succeeded"})"),
            "510a6b23c205185db14dd02988bce5939164d8e977341d096cb9c4305b367fb8");
}

TEST(Hmac, AdyenSignsEightFieldsUnderAHexKey) {
  const std::string key = Key("DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00");
  EXPECT_EQ(Base64(AsView(HmacSha256(key, "pspReference:originalReference:merchantAccount:reference:1000:EUR:EVENT:true"))),
            "ipnxGCaUZ4l8TUW75a71/ghd2Fe5ffvX0pV4TLTntIc=");
  EXPECT_EQ(Base64(AsView(HmacSha256(key, "pspReference:originalReference:merchantAccount:reference:1000:EUR:REPORT_AVAILABLE:true"))),
            "ZNBPtI+oDyyRrLyD1XirkKnQgIAlFc07Vj27TeHsDRE=");
  EXPECT_EQ(Base64(AsView(HmacSha256(Key("44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"),
                                     "7914073381342284::TestMerchant:TestPayment-1407325143704:1130:EUR:AUTHORISATION:true"))),
            "coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0=");
}

TEST(Hmac, CinetPaySignsFieldsWithoutSeparator) {
  EXPECT_EQ(Mac("cinet_secret", "445160TX1232024-01-02 03:04:051000XOFabcOM0102030405225frV4SINGLEPAYMENTref-1AbonnementSUCCES"),
            "395960f5a16d4de7ac3ed2eb4ab7286d74c2888e8024d74451047bb7cf01e628");
}

TEST(Hmac, GenericConnectorShapes) {
  const std::string body = R"({"id":"evt_test_1","type":"payment_intent.succeeded"})";
  EXPECT_EQ(Mac("topsecret", body), "d6c2f96e0e2a2c8a5c5e15f706a954b5144dce99d16cf31d2ac4cd2a344746cb");
  EXPECT_EQ(Mac("topsecret", "1700000000." + body), "a725b6c4b287f1e538ca71208582e808b21f93f537f5cf99029fcbd3170978f0");
  EXPECT_EQ(Mac("topsecret", "1700000000" + body), "752272b1264db5988100adc3aa8a511dc8bbaa8927d91c63c3bed2e51ad77995");
}

TEST(Hmac, StandardWebhooksDecodesItsSecret) {
  const auto secret = UnBase64("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  ASSERT_TRUE(secret);
  EXPECT_EQ(Base64(AsView(HmacSha256(*secret, R"(msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314})"))),
            "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(Compare, C13_ConstantTimeEqualNeedsEqualLengthAndBytes) {
  EXPECT_TRUE(ConstantTimeEqual("", ""));
  EXPECT_TRUE(ConstantTimeEqual("abc", "abc"));
  EXPECT_FALSE(ConstantTimeEqual("abc", "abd"));
  EXPECT_FALSE(ConstantTimeEqual("abc", "bbc"));
  EXPECT_FALSE(ConstantTimeEqual("abc", "ab"));
  EXPECT_FALSE(ConstantTimeEqual("", "a"));
  EXPECT_FALSE(ConstantTimeEqual(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

TEST(Codec, HexIsStrict) {
  EXPECT_EQ(Hex(std::string_view("\x00\xff\x10", 3)), "00ff10");
  EXPECT_EQ(UnHex("00fF10"), std::string("\x00\xff\x10", 3));
  EXPECT_EQ(UnHex(""), "");
  for (const char* bad : {"0", "000", "0g", "0x10", " 00", "00 ", "00\n"}) EXPECT_FALSE(UnHex(bad)) << bad;
  EXPECT_FALSE(UnHex(std::string_view("00\0\0", 4)));
}

TEST(Codec, Base64Rfc4648) {
  const std::pair<const char*, const char*> rows[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : rows) {
    EXPECT_EQ(Base64(plain), text);
    EXPECT_EQ(UnBase64(text), plain);
    std::string unpadded(text);
    unpadded.erase(std::min(unpadded.size(), unpadded.find('=')));
    EXPECT_EQ(Base64Url(plain), unpadded);
    EXPECT_EQ(UnBase64Url(unpadded), plain);
  }
  EXPECT_EQ(Base64("\xfb\xff\xfe"), "+//+");
  EXPECT_EQ(Base64Url("\xfb\xff\xfe"), "-__-");
}

TEST(Codec, Base64RefusesWhatIsNotTheOneSpelling) {
  for (const char* bad : {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm9v\n", " Zm9v", "Zm-_", "====", "=", "Z===", "Zg==Zg=="})
    EXPECT_FALSE(UnBase64(bad)) << bad;
  for (const char* bad : {"Zg==", "Zh", "Zm9", "Z", "Zm+/", "Zm 9", "Zm9v="}) EXPECT_FALSE(UnBase64Url(bad)) << bad;
}

}  // namespace
}  // namespace quittance::crypto
