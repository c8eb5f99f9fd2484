// quittance-ingress: the HTTP front for PSPs, Telegram and monitors.
#include "services/ingress/app.h"

int main(int argc, char** argv) {
  return quittance::service::Run<quittance::ingress::Config, quittance::ingress::App>("ingress", argc, argv);
}
