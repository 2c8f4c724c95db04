#include "common/rpc/certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace lineup {
namespace {

template <typename T, void (*kFree)(T*)>
struct Freer {
  void operator()(T* object) const { kFree(object); }
};
template <typename T, void (*kFree)(T*)>
using Owned = std::unique_ptr<T, Freer<T, kFree>>;

void FreeBio(BIO* bio) { BIO_free(bio); }
void FreeNames(GENERAL_NAMES* names) { GENERAL_NAMES_free(names); }

using Certificate = Owned<X509, X509_free>;
using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using Memory = Owned<BIO, FreeBio>;
using Names = Owned<GENERAL_NAMES, FreeNames>;
using Store = Owned<X509_STORE, X509_STORE_free>;
using StoreContext = Owned<X509_STORE_CTX, X509_STORE_CTX_free>;

absl::Status Invalid(absl::string_view flag, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(flag, ": ", problem));
}

Memory Reader(const std::string& pem) {
  return Memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// Keys with a passphrase cannot be read: nobody is there to be asked.
int NoPassphrase(char*, int, int, void*) { return -1; }

// All certificates of a file, in order.
absl::StatusOr<std::vector<Certificate>> ReadCertificates(
    absl::string_view flag, const std::string& pem) {
  const Memory reader = Reader(pem);
  std::vector<Certificate> certificates;
  while (X509* certificate =
             PEM_read_bio_X509(reader.get(), nullptr, NoPassphrase, nullptr)) {
    certificates.emplace_back(certificate);
  }
  ERR_clear_error();  // of the file's end
  if (certificates.empty()) {
    return Invalid(flag, "the file holds no certificate that can be read");
  }
  return certificates;
}

absl::Status CheckKey(X509* certificate, const std::string& pem) {
  const Key key(PEM_read_bio_PrivateKey(Reader(pem).get(), nullptr,
                                        NoPassphrase, nullptr));
  const bool fits =
      key != nullptr && X509_check_private_key(certificate, key.get()) == 1;
  ERR_clear_error();
  if (key == nullptr) {
    return Invalid("--tls-key",
                   "the file holds no key that can be read; it must not be "
                   "protected by a passphrase");
  }
  if (fits) return absl::OkStatus();
  return Invalid("--tls-key", "the key is not that of --tls-certificate");
}

absl::StatusOr<absl::Time> ToTime(const ASN1_TIME* time) {
  std::tm tm;
  if (ASN1_TIME_to_tm(time, &tm) != 1) {
    return absl::InvalidArgumentError("its time cannot be read");
  }
  return absl::FromTM(tm, absl::UTCTimeZone());
}

std::string ToText(const ASN1_TIME* time) {
  const absl::StatusOr<absl::Time> read = ToTime(time);
  return read.ok() ? CertificateTime(*read) : "an unknown time";
}

// Whose chain is at fault, and what its owner can do.
struct ChainWords {
  absl::string_view certificate;
  absl::string_view renew;
  absl::string_view clock;
  absl::string_view distrust;
};
constexpr ChainWords kOwn = {"the certificate",
                             "renew it, the file is read again by itself",
                             "is this machine's clock right?",
                             "an authority in --tls-ca does not vouch for it"};
constexpr ChainWords kPeers = {
    "its certificate", "renew the file that it was given as --tls-certificate",
    "are the clocks of both machines right?",
    "its certificate is not one of an authority in --tls-ca"};

// Why OpenSSL refuses a certificate of the chain.
std::string Problem(X509_STORE_CTX* context, const ChainWords& words) {
  const int error = X509_STORE_CTX_get_error(context);
  X509* const at_fault = X509_STORE_CTX_get_current_cert(context);
  if (at_fault != nullptr && error == X509_V_ERR_CERT_HAS_EXPIRED) {
    return absl::StrCat(words.certificate, " expired on ",
                        ToText(X509_get0_notAfter(at_fault)), "; ",
                        words.renew);
  }
  if (at_fault != nullptr && error == X509_V_ERR_CERT_NOT_YET_VALID) {
    return absl::StrCat(words.certificate, " is not valid before ",
                        ToText(X509_get0_notBefore(at_fault)), "; ",
                        words.clock);
  }
  return absl::StrCat(words.distrust, ": ",
                      X509_verify_cert_error_string(error));
}

// What is wrong with the chain; empty: nothing.
std::string CheckChain(const std::vector<Certificate>& chain,
                       const std::vector<Certificate>& authorities,
                       absl::Time now, const ChainWords& words) {
  const Store store(X509_STORE_new());
  for (const Certificate& authority : authorities) {
    X509_STORE_add_cert(store.get(), authority.get());
  }
  STACK_OF(X509)* const untrusted = sk_X509_new_null();
  for (const Certificate& certificate : chain) {
    sk_X509_push(untrusted, certificate.get());
  }
  const StoreContext context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), chain[0].get(), untrusted);
  X509_STORE_CTX_set_time(context.get(), 0, absl::ToTimeT(now));
  const bool verified = X509_verify_cert(context.get()) == 1;
  const std::string problem = verified ? "" : Problem(context.get(), words);
  sk_X509_free(untrusted);
  ERR_clear_error();
  return problem;
}

absl::StatusOr<Role> RoleOf(X509* certificate) {
  const Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<absl::string_view> uris;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* const uri = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                      ASN1_STRING_length(uri));
  }
  const absl::StatusOr<Role> role = RoleFromUris(uris);
  if (role.ok()) return role;
  return Invalid("--tls-certificate", role.status().message());
}

}  // namespace

absl::StatusOr<Role> CheckIdentity(const PemFiles& files, absl::Time now) {
  LINEUP_ASSIGN_OR_RETURN(
      const std::vector<Certificate> chain,
      ReadCertificates("--tls-certificate", files.certificate));
  LINEUP_ASSIGN_OR_RETURN(const std::vector<Certificate> authorities,
                          ReadCertificates("--tls-ca", files.ca));
  LINEUP_RETURN_IF_ERROR(CheckKey(chain[0].get(), files.key));
  const std::string problem = CheckChain(chain, authorities, now, kOwn);
  if (!problem.empty()) return Invalid("--tls-certificate", problem);
  return RoleOf(chain[0].get());
}

std::string CertificateTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", time, absl::UTCTimeZone());
}

absl::StatusOr<absl::Time> ValidUntil(const std::string& certificate) {
  LINEUP_ASSIGN_OR_RETURN(const std::vector<Certificate> chain,
                          ReadCertificates("--tls-certificate", certificate));
  return ToTime(X509_get0_notAfter(chain[0].get()));
}

absl::Status CheckPeer(const std::string& chain, const std::string& ca,
                       absl::Time now) {
  LINEUP_ASSIGN_OR_RETURN(const std::vector<Certificate> certificates,
                          ReadCertificates("its certificate", chain));
  LINEUP_ASSIGN_OR_RETURN(const std::vector<Certificate> authorities,
                          ReadCertificates("--tls-ca", ca));
  const std::string problem =
      CheckChain(certificates, authorities, now, kPeers);
  return problem.empty() ? absl::OkStatus()
                         : absl::InvalidArgumentError(problem);
}

}  // namespace lineup
