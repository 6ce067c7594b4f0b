// What a user may write after `motet`: one function for each command, which describes it with its
// arguments and options. What a command does is in commands/.
#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <string>

#include "files/batch_plan.h"
#include "motet/decoder.h"
#include "motet/status.h"

namespace motet::cli {

using Runner = std::function<Status()>;

// Each adds a command to `program`. When the command line asks for it, `*run` becomes what does it;
// `run` and what it holds outlive the parsing.
void AddEncode(CLI::App& program, Runner* run);
void AddDecode(CLI::App& program, Runner* run);
void AddCut(CLI::App& program, Runner* run);
void AddCat(CLI::App& program, Runner* run);
void AddInfo(CLI::App& program, Runner* run);
void AddBench(CLI::App& program, Runner* run);
void AddCompare(CLI::App& program, Runner* run);
void AddPlay(CLI::App& program, Runner* run);
void AddHelp(CLI::App& program, Runner* run);  // knows the commands that were added before
void AddCompletion(CLI::App& program, Runner* run);

// Options of the program itself, and how help is printed; before any command.
void SetHelp(CLI::App& program);

// A number from `least` to `most`, as a check of CLI11.
CLI::Validator Between(double least, double most);
// The same of whole numbers.
CLI::Validator WholeBetween(int least, int most);

// Options that several commands have.
CLI::Option* AddModel(CLI::App* command, std::string* model);        // that encodes
CLI::Option* AddStreamModel(CLI::App* command, std::string* model);  // that decodes
void AddQuality(CLI::App* command, int* quality);
void AddPrecision(CLI::App* command, Precision* precision);
void AddForce(CLI::App* command, bool* force);
void AddVerbosity(CLI::App* command);  // --quiet and --verbose
// A time of the form 62.5, 1:02.5 or 1:00:02.5.
CLI::Option* AddTime(CLI::App* command, const std::string& name, double* seconds,
                     const std::string& help);
void AddJson(CLI::App* command, bool* json);

// The arguments of a command that makes a file of each input: IN OUT, or FILE... with -o and -j.
void AddFiles(CLI::App* command, BatchOptions* batch, const std::string& input);

// Throws CLI::ValidationError for the output of a stream that is called like music.
void CheckStreamOutput(const std::string& output);

// Which of the two forms was written: whether it is IN OUT. Throws CLI::ValidationError for what
// makes no sense.
Result<bool> IsInAndOut(const BatchOptions& batch, const BatchRules& rules);

}  // namespace motet::cli
