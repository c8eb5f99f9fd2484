// quittance-billing serve | migrate
#include "services/billing/app.h"

int main(int argc, char** argv) {
  return quittance::service::Run<quittance::billing::Config, quittance::billing::App>("billing", argc, argv);
}
