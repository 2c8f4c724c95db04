// An iterator over text that lets others see how far it has come: for parsers
// that take iterators and do not say where in the text the things stand that
// they report.

#ifndef LINEUP_COMMON_DATA_WATCHED_ITERATOR_H_
#define LINEUP_COMMON_DATA_WATCHED_ITERATOR_H_

#include <cstddef>
#include <iterator>

namespace lineup {

class WatchedIterator {
 public:
  using difference_type = std::ptrdiff_t;
  using value_type = char;
  using pointer = const char*;
  using reference = const char&;
  using iterator_category = std::input_iterator_tag;

  // *seen is moved along; it must outlive the iterator and all its copies.
  WatchedIterator(const char* at, const char** seen) : at_(at), seen_(seen) {}

  reference operator*() const { return *at_; }
  WatchedIterator& operator++() {
    *seen_ = ++at_;
    return *this;
  }
  bool operator==(const WatchedIterator& other) const {
    return at_ == other.at_;
  }
  bool operator!=(const WatchedIterator& other) const {
    return at_ != other.at_;
  }

 private:
  const char* at_;
  const char** seen_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_WATCHED_ITERATOR_H_
