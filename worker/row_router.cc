#include "worker/row_router.h"

#include <utility>

namespace lineup {

RowRouter::Shares RowRouter::Share(const RowSet& rows) {
  if (!rows.is_all()) return Compute(rows);
  MutexLock lock(&mutex_);
  if (dense_ == nullptr || dense_rows_ != rows.size()) {
    dense_ = Compute(rows);
    dense_rows_ = rows.size();
  }
  return dense_;
}

RowRouter::Shares RowRouter::Compute(const RowSet& rows) const {
  auto shares = std::make_shared<std::vector<ServerRows>>();
  if (num_servers_ == 1) {
    shares->emplace_back(rows.size());
    return shares;
  }
  std::vector<std::vector<uint32_t>> indexes(num_servers_);
  for (std::vector<uint32_t>& list : indexes) {
    list.reserve(rows.size() / num_servers_ * 5 / 4);
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    indexes[owners_[SlotOfRow(rows.row(i))]].push_back(
        static_cast<uint32_t>(i));
  }
  for (std::vector<uint32_t>& list : indexes) {
    shares->emplace_back(std::move(list));
  }
  return shares;
}

}  // namespace lineup
