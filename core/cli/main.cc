#include "motet_cli.h"

int main(int argc, char** argv) { return motet::cli::RunMotet(argc, argv); }
