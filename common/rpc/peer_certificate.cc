#include "common/rpc/peer_certificate.h"

#include <netdb.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/rpc/socket.h"

namespace lineup {
namespace {

struct Freer {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
template <typename T>
using Owned = std::unique_ptr<T, Freer>;

// A connection of which no operation takes longer; null: there is none.
std::unique_ptr<Socket> Connect(const sockaddr* address, socklen_t size,
                                absl::Duration timeout) {
  auto connected = std::make_unique<Socket>(address->sa_family, SOCK_STREAM);
  const timeval limit = absl::ToTimeval(timeout);
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    setsockopt(connected->descriptor(), SOL_SOCKET, option, &limit,
               sizeof(limit));
  }
  if (connect(connected->descriptor(), address, size) != 0) return nullptr;
  return connected;
}

absl::StatusOr<std::unique_ptr<Socket>> Connect(const Address& address,
                                                absl::Duration timeout) {
  std::unique_ptr<Socket> connected;
  if (address.is_unix()) {
    const sockaddr_un name = UnixName(address.path());
    connected = Connect(reinterpret_cast<const sockaddr*>(&name), sizeof(name),
                        timeout);
  } else {
    LINEUP_ASSIGN_OR_RETURN(const AddressList list,
                            ResolveHost(address.host(), address.port(), 0));
    for (const addrinfo* a = list.get(); a != nullptr && connected == nullptr;
         a = a->ai_next) {
      connected = Connect(a->ai_addr, a->ai_addrlen, timeout);
    }
  }
  if (connected != nullptr) return connected;
  return absl::UnavailableError(
      absl::StrCat("nobody listens at ", address.ToString()));
}

std::string ToPem(STACK_OF(X509) * chain) {
  const Owned<BIO> memory(BIO_new(BIO_s_mem()));
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    PEM_write_bio_X509(memory.get(), sk_X509_value(chain, i));
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return std::string(text, size);
}

}  // namespace

absl::StatusOr<std::string> PeerCertificates(const Address& address,
                                             absl::Duration timeout) {
  LINEUP_ASSIGN_OR_RETURN(const std::unique_ptr<Socket> connected,
                          Connect(address, timeout));
  const Owned<SSL_CTX> context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  const Owned<SSL> ssl(SSL_new(context.get()));
  SSL_set_fd(ssl.get(), connected->descriptor());
  const PipesMayBreak pipes_may_break;
  // It may fail: we have nothing to show ourselves.
  SSL_connect(ssl.get());
  ERR_clear_error();
  STACK_OF(X509)* const chain = SSL_get_peer_cert_chain(ssl.get());
  if (chain == nullptr || sk_X509_num(chain) == 0) {
    return absl::UnavailableError(
        absl::StrCat(address.ToString(), " shows no certificate"));
  }
  return ToPem(chain);
}

}  // namespace lineup
