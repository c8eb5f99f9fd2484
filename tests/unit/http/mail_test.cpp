// Rendering of mails: what a strict reader finds in the bytes.
#include <gtest/gtest.h>

#include "common/http/smtp.h"

namespace quittance::http {
namespace {

Mail French() {
  return {.from_name = "Signaux & Cie",
          .from = "bonjour@calmness.example",
          .to = "claire@client.example",
          .subject = "Votre accès est ouvert",
          .text = "Bonjour Élodie,\n\n1 + 1 = 2 \n.\nÀ bientôt",
          .html = "<p>Bonjour Élodie</p>",
          .message_id = "ntf_1@calmness.example",
          .language = "fr",
          .date = FromUnixSeconds(1'700'000'000),
          .headers = {{"List-Unsubscribe", "<https://calmness.example/u/1>"}}};
}

bool Has(const std::string& bytes, const std::string& text) { return bytes.find(text) != std::string::npos; }

TEST(RenderMail, HeadersAreComplete) {
  const std::string bytes = RenderMail(French());
  EXPECT_TRUE(Has(bytes, "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"));
  EXPECT_TRUE(Has(bytes, "From: \"Signaux & Cie\" <bonjour@calmness.example>\r\n"));
  EXPECT_TRUE(Has(bytes, "To: claire@client.example\r\n"));
  EXPECT_TRUE(Has(bytes, "Subject: =?UTF-8?Q?Votre_acc=C3=A8s_est_ouvert?=\r\n"));
  EXPECT_TRUE(Has(bytes, "Message-ID: <ntf_1@calmness.example>\r\n"));
  EXPECT_TRUE(Has(bytes, "Content-Language: fr\r\n"));
  EXPECT_TRUE(Has(bytes, "List-Unsubscribe: <https://calmness.example/u/1>\r\n"));
  EXPECT_TRUE(Has(bytes, "MIME-Version: 1.0\r\n"));
  EXPECT_TRUE(Has(bytes, "Content-Type: multipart/alternative; boundary=\"=_quittance_"));
}

TEST(RenderMail, PartsAreQuotedPrintable) {
  const std::string bytes = RenderMail(French());
  EXPECT_TRUE(Has(bytes,
                  "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
                  "Bonjour =C3=89lodie,\r\n\r\n1 + 1 =3D 2=20\r\n.\r\n=C3=80 bient=C3=B4t\r\n"));
  EXPECT_TRUE(Has(bytes, "<p>Bonjour =C3=89lodie</p>"));
  EXPECT_LT(bytes.find("text/plain"), bytes.find("text/html"));  // the last alternative is the preferred one
  EXPECT_TRUE(bytes.ends_with("--\r\n"));
}

TEST(RenderMail, NoLineIsLongerThanItMayBeAndNoCharacterIsCut) {
  Mail mail = French();
  mail.subject.clear();
  for (int i = 0; i < 60; ++i) mail.subject += "é€";
  mail.text = std::string(500, 'x') + std::string(200, '=');
  const std::string bytes = RenderMail(mail);
  std::size_t start = 0;
  while (start < bytes.size()) {
    const std::size_t end = bytes.find("\r\n", start);
    EXPECT_LE(end - start, 90U) << bytes.substr(start, end - start);
    if (bytes.compare(start, 3, " =?") == 0) {
      EXPECT_LE(end - start, 76U);
      EXPECT_EQ(bytes.substr(start + 11, 2) == "C3" || bytes.substr(start + 11, 2) == "=C" || bytes.substr(start + 11, 2) == "=E", true);
    }
    start = end + 2;
  }
  for (const char c : bytes) EXPECT_LT(static_cast<unsigned char>(c), 0x80);
}

TEST(RenderMail, TheSameMailIsTheSameBytes) { EXPECT_EQ(RenderMail(French()), RenderMail(French())); }

TEST(RenderMail, AnAsciiSubjectStaysReadableUnlessItLooksEncoded) {
  Mail mail = French();
  mail.subject = "Hello";
  EXPECT_TRUE(Has(RenderMail(mail), "Subject: Hello\r\n"));
  mail.subject = "=?UTF-8?Q?trick?=";
  EXPECT_TRUE(Has(RenderMail(mail), "Subject: =?UTF-8?Q?=3D=3FUTF=2D8"));
}

TEST(RenderMail, HeaderInjectionIsNotClean) {
  EXPECT_TRUE(MailIsClean(French()));
  const auto with = [](auto change) {
    Mail mail = French();
    change(mail);
    return MailIsClean(mail);
  };
  EXPECT_FALSE(with([](Mail& m) { m.subject = "Hello\r\nBcc: all@client.example"; }));
  EXPECT_FALSE(with([](Mail& m) { m.subject = "Hello\nBcc: all@client.example"; }));
  EXPECT_FALSE(with([](Mail& m) { m.from_name = "A\r\nB"; }));
  EXPECT_FALSE(with([](Mail& m) { m.to = "a@client.example>\r\nRCPT TO:<b@client.example"; }));
  EXPECT_FALSE(with([](Mail& m) { m.to = "a@client.example, b@client.example"; }));
  EXPECT_FALSE(with([](Mail& m) { m.to = "no-address"; }));
  EXPECT_FALSE(with([](Mail& m) { m.message_id = "x\n"; }));
  EXPECT_FALSE(with([](Mail& m) { m.language = "fr\r"; }));
  EXPECT_FALSE(with([](Mail& m) { m.headers.push_back({"X", "a\r\nb"}); }));
  EXPECT_FALSE(with([](Mail& m) { m.headers.push_back({"X: y\r\nZ", "a"}); }));
  Mail mail = French();
  mail.subject = "Hello\r\nBcc: all@client.example";
  EXPECT_DEATH(RenderMail(mail), "CHECK failed: MailIsClean");
}

}  // namespace
}  // namespace quittance::http
