// Checks of flag values, for CLI11's Option::check. A failed check says what
// was found and what is expected.

#ifndef LINEUP_CLI_FLAG_CHECKS_H_
#define LINEUP_CLI_FLAG_CHECKS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace lineup {

// Empty if the value is fine, otherwise the error.
using FlagCheck = std::function<std::string(const std::string&)>;

FlagCheck WholeNumber(uint64_t least, uint64_t most);

// One of these names; the error offers the nearest.
FlagCheck OneOf(std::vector<std::string> names);

}  // namespace lineup

#endif  // LINEUP_CLI_FLAG_CHECKS_H_
