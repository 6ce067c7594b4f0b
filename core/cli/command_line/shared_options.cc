#include <CLI/CLI.hpp>

#include "command_line/command_line.h"

namespace motet::cli {

CLI::Option* AddModel(CLI::App* command, std::string* model) {
  return command
      ->add_option("-m,--model", *model, "Model file (else $MOTET_MODEL, else the shipped one)")
      ->type_name("FILE");
}

void AddQuality(CLI::App* command, int* quality) {
  command
      ->add_option("-q,--quality", *quality,
                   "1 (smallest) to 12 (best); the model's default if not given")
      ->check(CLI::Range(1, 12))
      ->type_name("N");
}

void AddForce(CLI::App* command, bool* force) {
  command->add_flag("-f,--force", *force, "Replace an existing OUT");
}

void AddJson(CLI::App* command, bool* json) { command->add_flag("--json", *json, "Print JSON"); }

}  // namespace motet::cli
