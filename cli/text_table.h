// Lines up rows of text in columns, for reports on a terminal:
//
//   TextTable table({"metric", "train", "test"});
//   table.AddRow({"mse", "1.25", "1.5"});
//   out << table.ToString();
//
// The first column is flush left, the others flush right.

#ifndef LINEUP_CLI_TEXT_TABLE_H_
#define LINEUP_CLI_TEXT_TABLE_H_

#include <string>
#include <vector>

namespace lineup {

class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header);

  // As many cells as the header has.
  void AddRow(std::vector<std::string> cells);

  // Each line starts with `indent` blanks and ends with a newline.
  std::string ToString(size_t indent = 2) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// Six significant digits, as people read numbers; "-" for NaN.
std::string ShortNumber(double value);

}  // namespace lineup

#endif  // LINEUP_CLI_TEXT_TABLE_H_
