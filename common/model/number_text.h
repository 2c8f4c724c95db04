// Numbers as text: the shortest decimal that reads back as the same number, in
// the spelling of Python's repr(), which is how the Linear Learner's files and
// answers have them ("1.0", "0.46301859617233276", "1e-05"). The text is valid
// JSON for every finite number.

#ifndef LINEUP_COMMON_MODEL_NUMBER_TEXT_H_
#define LINEUP_COMMON_MODEL_NUMBER_TEXT_H_

#include <string>

namespace lineup {

// Appends `value`; "NaN", "Infinity" or "-Infinity" if it is not finite.
void AppendNumber(double value, std::string* out);

// Appends the shortest decimal that reads back as this float32: fewer digits
// than the same number has as a double.
void AppendFloat(float value, std::string* out);

// The double nearest to `value` with the shortest decimal: written as a double
// it has FloatText's digits, and cast back it is `value` again.
double ShortDouble(float value);

// Appends ShortDouble(value) as AppendNumber does, without making it.
void AppendShortDouble(float value, std::string* out);

std::string NumberText(double value);
std::string FloatText(float value);

}  // namespace lineup

#endif  // LINEUP_COMMON_MODEL_NUMBER_TEXT_H_
