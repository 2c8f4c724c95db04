#include "common/rpc/address.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(AddressTest, ReadsTheThreeForms) {
  struct Case {
    std::string text;
    std::string target;
    bool loopback;
  };
  for (const Case& c : {
           Case{"node7.example:50051", "dns:///node7.example:50051", false},
           Case{"localhost:1", "dns:///localhost:1", true},
           Case{"10.0.0.7:65535", "ipv4:10.0.0.7:65535", false},
           Case{"127.3.2.1:80", "ipv4:127.3.2.1:80", true},
           Case{"[fe80::1]:80", "ipv6:[fe80::1]:80", false},
           Case{"[::1]:80", "ipv6:[::1]:80", true},
           Case{"[0:0::0:1]:80", "ipv6:[0:0::0:1]:80", true},
           Case{"unix:/run/lineup.sock", "unix:/run/lineup.sock", true},
           Case{"unix:relative:path", "unix:relative:path", true},
       }) {
    const absl::StatusOr<Address> address = Address::Parse(c.text);
    ASSERT_TRUE(address.ok()) << address.status();
    EXPECT_EQ(address->ToString(), c.text);
    EXPECT_EQ(address->ToTarget(), c.target);
    EXPECT_EQ(address->IsLoopback(), c.loopback) << c.text;
    EXPECT_TRUE(*Address::Parse(address->ToString()) == *address);
  }
}

TEST(AddressTest, GivesItsParts) {
  const Address tcp = *Address::Parse("[::1]:80");
  EXPECT_FALSE(tcp.is_unix());
  EXPECT_EQ(tcp.host(), "::1");
  EXPECT_EQ(tcp.port(), 80);
  EXPECT_EQ(tcp.WithPort(81).ToString(), "[::1]:81");
  const Address local = *Address::Parse("unix:/a");
  EXPECT_TRUE(local.is_unix());
  EXPECT_EQ(local.path(), "/a");
}

TEST(AddressTest, OnlyAListenerTakesAnyPortAndEveryInterface) {
  for (const char* text : {"localhost:0", "0.0.0.0:7", "[::]:7", "[0::0]:7"}) {
    EXPECT_TRUE(Address::ParseListening(text).ok()) << text;
    EXPECT_FALSE(Address::Parse(text).ok()) << text;
  }
  EXPECT_TRUE(Address::ParseListening("0.0.0.0:7")->IsWildcard());
  EXPECT_FALSE(Address::ParseListening("0.0.0.0:7")->IsLoopback());
  EXPECT_EQ(Address::Parse("localhost:0").status().message(),
            "address \"localhost:0\": nobody can be reached at port 0");
  EXPECT_EQ(Address::Parse("[::]:7").status().message(),
            "address \"[::]:7\": \"::\" stands for every interface of a "
            "machine that listens; name the machine to reach");
}

TEST(AddressTest, SaysWhatIsWrong) {
  struct Case {
    std::string text;
    std::string problem;
  };
  const std::string forms = "expected HOST:PORT, [IPv6]:PORT or unix:PATH";
  for (const Case& c : {
           Case{"", "no port; " + forms},
           Case{"node7", "no port; " + forms},
           Case{"[::1]", "no port; " + forms},
           Case{":80", "no host; " + forms},
           Case{"node7:", "\"\" is no port (0 to 65535); " + forms},
           Case{"node7:http", "\"http\" is no port (0 to 65535); " + forms},
           Case{"node7:65536", "\"65536\" is no port (0 to 65535); " + forms},
           Case{"node7:-1", "\"-1\" is no port (0 to 65535); " + forms},
           Case{"node7: 80", "\" 80\" is no port (0 to 65535); " + forms},
           Case{"::1:80", "an IPv6 address needs brackets; " + forms},
           Case{"[::g]:80", "no IPv6 address in the brackets; " + forms},
           Case{"[::1:80", "no IPv6 address in the brackets; " + forms},
           Case{"1.2.3:80", "\"1.2.3\" is no IPv4 address; " + forms},
           Case{"1.2.3.256:80", "\"1.2.3.256\" is no IPv4 address; " + forms},
           Case{"http//node7:80", "\"http//node7\" is no host name; " + forms},
           Case{"unix:", "no path after unix:"},
           Case{"unix:" + std::string(108, 'x'),
                "the path has 108 bytes, but a socket's may have 107; choose "
                "a shorter one"},
       }) {
    const absl::Status status = Address::Parse(c.text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.text;
    EXPECT_EQ(status.message(),
              absl::StrCat("address \"", c.text, "\": ", c.problem));
  }
}

}  // namespace
}  // namespace lineup
