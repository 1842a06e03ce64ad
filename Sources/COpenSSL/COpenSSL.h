#pragma once

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

// Much of OpenSSL's interface is macros, which Swift cannot see: one function for each that is used.

static inline int copenssl_set_oldest_version(SSL_CTX *context, int version) {
    return SSL_CTX_set_min_proto_version(context, version);
}

static inline void copenssl_set_modes(SSL_CTX *context) {
    // A peer that ends without a notice is no error here: whether what came is whole, HTTP's framing tells.
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    // A write takes what goes into the socket now, and its repetition may come from a buffer that has moved. An idle
    // connection keeps no buffers. One call of the system reads a record with its header.
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1);
    // Sessions are kept in the callers' tickets; a cache here would only grow.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

static inline int copenssl_reason(unsigned long error) { return ERR_GET_REASON(error); }

// HTTP/1.1 or nothing (RFC 7301): a caller that only speaks other protocols is told so.
static inline int copenssl_select_http11(SSL *ssl, const unsigned char **chosen, unsigned char *length,
                                         const unsigned char *offered, unsigned int offered_length, void *context) {
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *found;
    (void)ssl;
    (void)context;
    if (SSL_select_next_proto(&found, length, ours, sizeof(ours) - 1, offered, offered_length) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

static inline void copenssl_speak_http11(SSL_CTX *context) {
    SSL_CTX_set_alpn_select_cb(context, copenssl_select_http11, NULL);
}

// A key that is encrypted is an error and no question on the terminal.
static inline int copenssl_no_password(char *buffer, int size, int writing, void *context) {
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

static inline void copenssl_ask_no_password(SSL_CTX *context) {
    SSL_CTX_set_default_passwd_cb(context, copenssl_no_password);
}

// OpenSSL's own socket BIO writes with write(2), which raises SIGPIPE where the peer has gone.

// The socket has given all that it had: it gave less than was asked for.
#define COPENSSL_EMPTIED 0x10000

static inline int copenssl_socket_read(BIO *bio, char *bytes, int length) {
    BIO_clear_retry_flags(bio);
    BIO_clear_flags(bio, COPENSSL_EMPTIED);
    ssize_t count;
    do count = recv((int)(intptr_t)BIO_get_data(bio), bytes, (size_t)length, 0);
    while (count < 0 && errno == EINTR);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) BIO_set_retry_read(bio);
    if (count == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    if (count > 0 && count < length) BIO_set_flags(bio, COPENSSL_EMPTIED);
    return (int)count;
}

// Whether a read may find more than what has been read: in OpenSSL's buffers, or in the socket as far as is known.
static inline int copenssl_may_have_more(const SSL *ssl) {
    return SSL_has_pending(ssl) || !BIO_test_flags(SSL_get_rbio(ssl), COPENSSL_EMPTIED);
}

static inline int copenssl_socket_write(BIO *bio, const char *bytes, int length) {
    BIO_clear_retry_flags(bio);
#ifdef MSG_NOSIGNAL
    int flags = MSG_NOSIGNAL;
#else
    int flags = 0;
#endif
    ssize_t count;
    do count = send((int)(intptr_t)BIO_get_data(bio), bytes, (size_t)length, flags);
    while (count < 0 && errno == EINTR);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) BIO_set_retry_write(bio);
    return (int)count;
}

static inline long copenssl_socket_control(BIO *bio, int command, long number, void *pointer) {
    (void)number;
    (void)pointer;
    switch (command) {
    case BIO_CTRL_EOF: return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
    case BIO_CTRL_FLUSH: return 1;
    default: return 0;
    }
}

// The method of BIOs over a socket that somebody else closes; NULL if there is no memory.
static inline BIO_METHOD *copenssl_socket_method(void) {
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "socket");
    if (method == NULL) return NULL;
    BIO_meth_set_read(method, copenssl_socket_read);
    BIO_meth_set_write(method, copenssl_socket_write);
    BIO_meth_set_ctrl(method, copenssl_socket_control);
    return method;
}

// Ties a connection to a socket.
static inline int copenssl_set_socket(SSL *ssl, BIO_METHOD *method, int descriptor) {
    BIO *bio = BIO_new(method);
    if (bio == NULL) return 0;
    BIO_set_data(bio, (void *)(intptr_t)descriptor);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    return 1;
}
