// Values against PostgreSQL's own reading of them: what goes in comes back as it was.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/integration/db/fixture.h"

namespace quittance::db {
namespace {

class ValuesTest : public DbTest {
 protected:
  template <class T>
  T Back(const std::string& type, const T& value) {
    return app().TransactSync(Scope{}, [&](Tx& tx) { return tx.Exec("SELECT $1::" + type + " AS v", value).front().template Get<T>("v"); });
  }
};

// Text that PostgreSQL can hold: any code point but NUL and the surrogates, with what an array literal may stumble over made likely.
rc::Gen<std::string> PostgresText() {
  const auto piece = rc::gen::oneOf(rc::gen::element<std::string>("\"", "\\", "{", "}", ",", "NULL", "null", " ", "\t", "\n", "\r", "'",
                                                                  "$1", "\xC3\xA9", "\xF0\x9F\x8E\x89", "\x7F", "\x01"),
                                    rc::gen::map(rc::gen::inRange(0x20, 0x7F), [](int c) { return std::string(1, static_cast<char>(c)); }));
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece), [](const std::vector<std::string>& pieces) {
    std::string text;
    for (const std::string& one : pieces) text += one;
    return text;
  });
}

TEST_F(ValuesTest, AnyArrayIsReadByPostgresAsItWasMeant) {
  EXPECT_TRUE(rc::check("array literal", [&] {
    const auto texts = *rc::gen::container<std::vector<std::string>>(PostgresText());
    const auto back = app().TransactSync(Scope{}, [&](Tx& tx) {
      std::vector<std::string> read;
      const Rows rows = tx.Exec("SELECT t FROM unnest($1::text[]) WITH ORDINALITY AS x(t, n) ORDER BY n",
                                ArrayOf(texts, [](const std::string& t) { return t; }));
      for (const Row row : rows) read.push_back(row.Get<std::string>("t"));
      return read;
    });
    RC_ASSERT(back == texts);
    const auto whole = app().TransactSync(Scope{}, [&](Tx& tx) {
      return tx.Exec("SELECT $1::text[] AS v", ArrayOf(texts, [](const std::string& t) { return t; }))
          .front()
          .Get<std::vector<std::string>>("v");
    });
    RC_ASSERT(whole == texts);
  }));
}

TEST_F(ValuesTest, NullElementsStayNull) {
  const std::vector<Param> elements = {"NULL", std::nullopt, ""};
  app().TransactSync(Scope{}, [&](Tx& tx) {
    const Rows rows = tx.Exec("SELECT t FROM unnest($1::text[]) WITH ORDINALITY AS x(t, n) ORDER BY n", Array(elements));
    EXPECT_EQ(rows[0].Text("t"), "NULL");
    EXPECT_TRUE(rows[1].IsNull("t"));
    EXPECT_EQ(rows[2].Text("t"), "");
  });
}

TEST_F(ValuesTest, BytesOfAnyKindComeBack) {
  EXPECT_TRUE(rc::check("bytea", [&](const std::string& data) { RC_ASSERT(Back<Bytes>("bytea", Bytes{data}).data == data); }));
}

TEST_F(ValuesTest, TimesComeBackToTheMicrosecond) {
  EXPECT_TRUE(rc::check("timestamptz", [&] {
    const auto micros = *rc::gen::inRange<std::int64_t>(-62'135'596'800'000'000, 253'402'300'799'999'999);
    RC_ASSERT(Back<TimePoint>("timestamptz", FromUnixMicros(micros)) == FromUnixMicros(micros));
  }));
}

TEST_F(ValuesTest, NumbersIdsAndTruthComeBack) {
  EXPECT_EQ(Back<std::int64_t>("bigint", std::numeric_limits<std::int64_t>::min()), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(Back<int>("int", -1), -1);
  EXPECT_TRUE(Back<bool>("bool", true));
  EXPECT_FALSE(Back<bool>("bool", false));
  const Uuid id = NewUuid();
  EXPECT_EQ(Back<Uuid>("uuid", id), id);
  EXPECT_EQ(Back<TenantId>("uuid", TenantId{id}), TenantId{id});
}

TEST_F(ValuesTest, NullIsNotAValue) {
  app().TransactSync(Scope{}, [](Tx& tx) {
    const Row row = tx.Exec("SELECT $1::text AS v", std::optional<std::string>()).front();
    EXPECT_TRUE(row.IsNull("v"));
    EXPECT_EQ(row.Find<std::string>("v"), std::nullopt);
    EXPECT_THROW(row.Text("v"), std::logic_error);
  });
}

TEST_F(ValuesTest, S18_ANulIsRefusedAndNotCut) {
  EXPECT_THROW(app().TransactSync(Scope{}, [](Tx& tx) { tx.Exec("SELECT $1::text", std::string("a\0b", 3)); }), std::invalid_argument);
}

}  // namespace
}  // namespace quittance::db
