#include "worker/node_error.h"

#include "common/base/files.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(NodeErrorTest, TellsFilesThatThisNodeCannotReadFromBadData) {
  for (const absl::Status& status :
       {FileError(ENOENT, "open", "a"), FileError(EACCES, "open", "a"),
        FileError(EIO, "read", "a"),
        absl::FailedPreconditionError("the file changed")}) {
    const v1::NodeError error = NodeErrorOf(MarkReadError(status));
    EXPECT_TRUE(error.of_this_node()) << status;
    EXPECT_EQ(error.code(), static_cast<int>(status.code()));
    EXPECT_EQ(error.message(), status.message());
  }
  EXPECT_FALSE(NodeErrorOf(MarkReadError(absl::InvalidArgumentError("a:1:2")))
                   .of_this_node());
  EXPECT_FALSE(NodeErrorOf(absl::NotFoundError("of a server")).of_this_node());
  EXPECT_TRUE(MarkReadError(absl::OkStatus()).ok());
}

}  // namespace
}  // namespace lineup
