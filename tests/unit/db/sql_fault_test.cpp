// What an SQLSTATE becomes, and that no value of a statement gets into its text.
#include "common/db/sql_fault.h"

#include <gtest/gtest.h>

#include "common/db/connection.h"

namespace quittance::db {
namespace {

TEST(SqlFault, S08_AFullOrReadOnlyDatabaseIsAFault) {
  for (const char* state : {"53100", "53300", "58030", "25006", "57014"})
    EXPECT_THROW(ThrowSqlFault(state, "ERROR:  no", "INSERT"), Fault) << state;
}

TEST(SqlFault, AUniqueViolationNamesItsConstraintInAnyLanguage) {
  for (const char* message :
       {"ERROR:  duplicate key value violates unique constraint \"users_email\"\n",
        "ERREUR:  la valeur d'une cle dupliquee rompt la contrainte unique \"users_email\"\nDETAIL: \"x@y.example\""}) {
    try {
      ThrowSqlFault("23505", message, "INSERT INTO users");
    } catch (const UniqueViolation& e) {
      EXPECT_EQ(e.constraint, "users_email");
      EXPECT_EQ(std::string(e.what()).find("x@y.example"), std::string::npos);
    }
  }
}

TEST(SqlFault, ValuesNeverShow) {
  try {
    ThrowSqlFault("22P02", "ERROR:  invalid input syntax for type uuid: \"top secret\"", "SELECT $1::uuid");
    FAIL();
  } catch (const SqlError& e) {
    EXPECT_EQ(e.sqlstate, "22P02");
    EXPECT_EQ(std::string(e.what()).find("secret"), std::string::npos);
  }
}

TEST(ConnectUrl, TimeoutsAreAddedWhereTheUrlHasNone) {
  EXPECT_EQ(ConnectUrl(Secret("postgresql://u:p@h/d")), "postgresql://u:p@h/d?connect_timeout=3&tcp_user_timeout=10000");
  EXPECT_EQ(ConnectUrl(Secret("postgresql://u:p@h/d?connect_timeout=9")), "postgresql://u:p@h/d?connect_timeout=9&tcp_user_timeout=10000");
  EXPECT_THROW(ConnectUrl(Secret("host=h password=p")), Fault);
}

TEST(ConnectFault, ShowsOnlyWhatCannotHoldThePassword) {
  EXPECT_EQ(ConnectFault("connection to server at \"127.0.0.1\", port 5432 failed: Connection refused\nmore"),
            "connection to server at \"127.0.0.1\", port 5432 failed: Connection refused");
  EXPECT_EQ(ConnectFault("missing \"=\" after \"p4ssw0rd\"").find("p4ssw0rd"), std::string::npos);
}

}  // namespace
}  // namespace quittance::db
