// quittance-auth serve | migrate | bootstrap
#include "services/auth/app.h"

int main(int argc, char** argv) { return quittance::service::Run<quittance::auth::Config, quittance::auth::App>("auth", argc, argv); }
