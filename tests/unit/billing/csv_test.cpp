// RFC 4180 and what spreadsheets take for formulas.
#include <gtest/gtest.h>

#include <vector>

#include "services/billing/domain/csv.h"

namespace quittance::billing::test {
namespace {

TEST(Csv, QuotesOnlyWhatMustBe) {
  EXPECT_EQ(CsvField("plain text"), "plain text");
  EXPECT_EQ(CsvField(""), "");
  EXPECT_EQ(CsvField("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvField("say \"no\""), "\"say \"\"no\"\"\"");
  EXPECT_EQ(CsvField("two\nlines"), "\"two\nlines\"");
}

TEST(Csv, NoFieldIsAFormula) {
  for (const char* value : {"=1+1", "+33", "-5", "@cmd"}) EXPECT_EQ(CsvField(value), std::string("'") + value);
  EXPECT_EQ(CsvField("\tx"), "'\tx");
  EXPECT_EQ(CsvField("\rx"), "\"'\rx\"");
  EXPECT_EQ(CsvField("=cmd|'/c calc'!A1,x"), "\"'=cmd|'/c calc'!A1,x\"");
  EXPECT_EQ(CsvField("19.90"), "19.90");
}

TEST(Csv, ARecordEndsWithCrLf) {
  const std::vector<std::string> fields = {"a", "", "c"};
  EXPECT_EQ(CsvRecord(fields), "a,,c\r\n");
}

}  // namespace
}  // namespace quittance::billing::test
