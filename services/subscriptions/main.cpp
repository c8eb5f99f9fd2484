// quittance-subscriptions serve | migrate
#include "services/subscriptions/app.h"

int main(int argc, char** argv) {
  return quittance::service::Run<quittance::subscriptions::Config, quittance::subscriptions::App>("subscriptions", argc, argv);
}
