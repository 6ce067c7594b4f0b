// Options of command lines that are numbers.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <string>

namespace motet::data {

// For CLI::Option::check. Unlike CLI11's own, they say what was found, refuse what is no number,
// and show no limit of 309 digits.
template <typename Accepts>
CLI::Validator FiniteNumber(const std::string& wanted, const Accepts& accepts) {
  const auto check = [wanted, accepts](std::string& text) -> std::string {
    double value = 0;
    if (CLI::detail::lexical_cast(text, value) && std::isfinite(value) && accepts(value)) return {};
    return fmt::format("is '{}', wanted a number {}", text, wanted);
  };
  return {check, "", ""};
}

inline CLI::Validator NotNegative() {
  return FiniteNumber("of 0 or more", [](double value) { return value >= 0; });
}
inline CLI::Validator MoreThanNothing() {
  return FiniteNumber("above 0", [](double value) { return value > 0; });
}

}  // namespace motet::data
