// quittance-notifications serve | migrate
#include "services/notifications/app.h"

int main(int argc, char** argv) {
  return quittance::service::Run<quittance::notifications::Config, quittance::notifications::App>("notifications", argc, argv);
}
